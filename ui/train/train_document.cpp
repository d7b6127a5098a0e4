#include "ui/train/train_document.h"

#include <QFile>
#include <QFileInfo>
#include <QObject>
#include <algorithm>
#include <map>
#include <span>

#include "core/base/file.h"

// Outside of any namespace, as Qt asks.
static void loadTrainSamples() {
  Q_INIT_RESOURCE(train_samples);
}

namespace orrery::ui {
namespace {

constexpr std::uint64_t kFileLimit = 16u << 20;
constexpr std::string_view kConfig = "config.";

constexpr const char* kCommonOfPatches[] = {
    "context_length", "prediction_length", "patch_length", "patch_stride",
    "d_model",        "scaling",           "loss"};
constexpr const char* kCommonOfTransformers[] = {"context_length",
                                                 "prediction_length",
                                                 "lags_sequence",
                                                 "num_time_features",
                                                 "input_size",
                                                 "scaling",
                                                 "dropout",
                                                 "distribution_output",
                                                 "d_model",
                                                 "encoder_layers",
                                                 "encoder_attention_heads",
                                                 "encoder_ffn_dim",
                                                 "decoder_layers",
                                                 "decoder_attention_heads",
                                                 "decoder_ffn_dim"};

/// Settings of what only transformers take.
constexpr const char* kFeatures[] = {"covariates", "static_categorical_features",
                                     "static_real_features", "time_features"};

OrderedJson parsed(const std::string& text, const std::string& source) {
  parseJson(text, source);  // whose errors name the byte
  OrderedJson json = OrderedJson::parse(text);
  if (!json.is_object())
    throw Error(ErrorKind::kInvalidInput, "expected an object of settings").in(source);
  return json;
}

/// Every member, those of the configuration by "config.NAME".
std::map<std::string, Json> flat(const Json& settings) {
  std::map<std::string, Json> result;
  for (const auto& [name, value] : settings.items()) {
    if (name == "output_dir" || name == "resume_from_checkpoint") continue;
    if (name != "config" || !value.is_object()) {
      if (!value.is_null()) result[name] = value;
      continue;
    }
    for (const auto& [field, inner] : value.items()) result[std::string(kConfig) + field] = inner;
  }
  return result;
}

QString textOf(const Json& value) {
  if (value.is_string()) return QString::fromStdString(value.get<std::string>());
  return QString::fromStdString(value.dump());
}

}  // namespace

TrainDocument TrainDocument::standard(TrainStart start) {
  loadTrainSamples();
  const Beginning* beginning = beginningOf(start);
  const char* name = beginning ? beginning->sample : beginnings().front().sample;
  QFile file(QStringLiteral(":/train/") + QLatin1String(name));
  if (!file.open(QIODevice::ReadOnly)) return TrainDocument();
  TrainDocument document(parsed(file.readAll().toStdString(), name));
  if (beginning) document.set("config.model_type", beginning->type);
  return document;
}

TrainDocument TrainDocument::fromFile(const QString& path) {
  const std::string name = path.toStdString();
  return TrainDocument(parsed(readTextFile(name, kFileLimit), name));
}

Json TrainDocument::value(const std::string& name) const {
  const bool inner = name.starts_with(kConfig);
  const OrderedJson none;
  const auto config = json_.find("config");
  const OrderedJson& object = !inner ? json_ : config != json_.end() ? *config : none;
  if (!object.is_object()) return nullptr;
  const auto found = object.find(inner ? name.substr(kConfig.size()) : name);
  return found == object.end() ? Json() : Json(*found);
}

QString TrainDocument::text(const std::string& name) const {
  const Json found = value(name);
  return found.is_string() ? QString::fromStdString(found.get<std::string>()) : QString();
}

void TrainDocument::set(const std::string& name, const Json& value) {
  const bool inner = name.starts_with(kConfig);
  if (inner && (!json_.contains("config") || !json_["config"].is_object()))
    json_["config"] = OrderedJson::object();
  OrderedJson& object = inner ? json_["config"] : json_;
  const std::string key = inner ? name.substr(kConfig.size()) : name;
  if (value.is_null())
    object.erase(key);
  else
    object[key] = OrderedJson(value);
}

TrainStart TrainDocument::start() const {
  if (json_.contains("model")) return TrainStart::kCheckpoint;
  if (json_.contains("config") && json_["config"].is_string()) return TrainStart::kConfigFile;
  for (const Beginning& beginning : beginnings())
    if (text("config.model_type") == QLatin1String(beginning.type)) return beginning.start;
  return TrainStart::kPatchTst;
}

void TrainDocument::setStart(TrainStart start) {
  if (start == this->start()) return;
  const Beginning* beginning = beginningOf(start);
  const OrderedJson before = json_.value("config", OrderedJson());
  putAway(!beginning || beginning->isTransformer());
  json_.erase("model");
  json_.erase("config");
  if (start == TrainStart::kCheckpoint) {
    json_["model"] = "";
  } else if (start == TrainStart::kConfigFile) {
    json_["config"] = "";
  } else {
    const auto kept = put_.find(beginning->type);
    json_["config"] = kept != put_.end() ? kept->second : freshConfig(start, before);
  }
}

void TrainDocument::putAway(bool takesFeatures) {
  const auto config = json_.find("config");
  if (config != json_.end() && config->is_object())
    put_[config->value("model_type", beginnings().front().type)] = *config;
  for (const char* name : kFeatures) {
    if (!takesFeatures && json_.contains(name)) {
      put_[name] = json_[name];
      json_.erase(name);
    } else if (takesFeatures && put_.contains(name)) {
      json_[name] = put_[name];
      put_.erase(name);
    }
  }
}

// What models of one kind have in common goes on.
OrderedJson TrainDocument::freshConfig(TrainStart start, const OrderedJson& before) const {
  const Beginning& beginning = *beginningOf(start);
  OrderedJson config{{"model_type", beginning.type}};
  if (beginning.isTransformer()) config = standard(start).json_["config"];
  const auto isOne = [&](const Beginning& b) {
    return before.is_object() && before.value("model_type", "") == b.type;
  };
  const auto other = std::ranges::find_if(beginnings(), isOne);
  if (other == beginnings().end() || other->isTransformer() != beginning.isTransformer())
    return config;
  using Names = std::span<const char* const>;
  const Names common =
      beginning.isTransformer() ? Names(kCommonOfTransformers) : Names(kCommonOfPatches);
  for (const char* name : common)
    if (before.contains(name)) config[name] = before[name];
  return config;
}

QByteArray TrainDocument::toFile() const {
  return QByteArray::fromStdString(json_.dump(2) + "\n");
}

std::vector<SettingDifference> settingDifferences(const Json& first, const Json& second) {
  const auto a = flat(first), b = flat(second);
  std::map<std::string, SettingDifference> found;
  const auto add = [&](const auto& these, const auto& those, QString SettingDifference::*here) {
    for (const auto& [name, value] : these) {
      const auto other = those.find(name);
      if (other != those.end() && other->second == value) continue;
      found[name].name = QString::fromStdString(name);
      found[name].*here = textOf(value);
    }
  };
  add(a, b, &SettingDifference::first);
  add(b, a, &SettingDifference::second);
  std::vector<SettingDifference> result;
  for (auto& [name, difference] : found) result.push_back(std::move(difference));
  return result;
}

QString settingsInShort(const Json& settings) {
  QStringList parts;
  const auto number = [&](const char* name) {
    return settings.contains(name) && settings[name].is_number() ? settings[name].get<double>() : 0;
  };
  if (number("learning_rate") > 0)
    parts += QObject::tr("lr %1").arg(number("learning_rate"), 0, 'g', 4);
  if (settings.contains("lr_scheduler_type")) parts += textOf(settings["lr_scheduler_type"]);
  if (number("per_device_train_batch_size") > 0)
    parts += QObject::tr("batch %1")
                 .arg(number("per_device_train_batch_size") *
                      std::max(1.0, number("gradient_accumulation_steps")));
  if (number("max_steps") > 0)
    parts += QObject::tr("%1 steps").arg(number("max_steps"));
  else if (number("num_train_epochs") > 0)
    parts += QObject::tr("%1 epochs").arg(number("num_train_epochs"));
  if (settings.value("bf16", Json(false)) == Json(true)) parts += QStringLiteral("bf16");
  return parts.join(QStringLiteral(" \u00B7 "));
}

QString modelInShort(const Json& settings, const QString& modelType) {
  const Json config = settings.value("config", Json());
  QString name = modelType;
  for (const Beginning& beginning : beginnings())
    if (modelType == QLatin1String(beginning.type)) name = QLatin1String(beginning.name);
  QStringList parts{name};
  if (config.is_object() && config.contains("d_model"))
    parts += QObject::tr("d_model %1").arg(textOf(config["d_model"]));
  if (config.is_object() && config.contains("context_length") &&
      config.contains("prediction_length"))
    parts += QStringLiteral("%1 \u2192 %2")
                 .arg(textOf(config["context_length"]), textOf(config["prediction_length"]));
  const std::string from =
      settings.value("model", Json("")).is_string() ? settings.value("model", "") : std::string();
  if (!from.empty())
    parts += QObject::tr("from %1").arg(QFileInfo(QString::fromStdString(from)).fileName());
  parts.removeAll(QString());
  return parts.join(QStringLiteral(", "));
}

}  // namespace orrery::ui
