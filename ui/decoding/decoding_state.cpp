#include "ui/decoding/decoding_state.h"

#include <QSettings>
#include <utility>

namespace orrery::ui {
namespace {

constexpr int kAnswerTokens = 1024;
constexpr auto kSettingsKey = "decoding/settings";
constexpr auto kPresetGroup = "decoding/presets";

struct BuiltIn {
  const char* name;
  const char* fields;
};

// Starting points that everyone knows; a preset saved under the same name replaces one.
constexpr BuiltIn kBuiltIns[] = {
    {"Greedy", R"({"do_sample":false})"},
    {"Balanced", R"({"do_sample":true,"temperature":0.7,"top_p":0.9})"},
    {"Creative", R"({"do_sample":true,"temperature":1.1,"min_p":0.05})"},
    {"Beam search", R"({"do_sample":false,"num_beams":4})"},
};

QString key(const QString& preset) {
  return QString::fromLatin1(kPresetGroup) + QLatin1Char('/') +
         QString::fromLatin1(preset.toUtf8().toPercentEncoding());
}

DecodingSettings parse(const QString& text) {
  try {
    return decodingFromJson(parseJson(text.toStdString(), "settings"));
  } catch (const Error&) {
    return {};  // an unreadable preset must not keep the window from opening
  }
}

QString write(const DecodingSettings& settings) {
  return QString::fromStdString(toJson(settings).dump());
}

}  // namespace

Json fieldsToSend(const DecodingSettings& settings, const Json& modelConfig) {
  Json fields = settings.fields;
  for (const char* limit : {"max_new_tokens", "max_length"}) {
    const auto own = modelConfig.find(limit);
    if (fields.contains(limit) || (own != modelConfig.end() && !own->is_null())) return fields;
  }
  fields["max_new_tokens"] = kAnswerTokens;
  return fields;
}

Json toJson(const DecodingSettings& settings) {
  Json json{{"generation", settings.fields}, {"strategy", settings.strategy}};
  if (settings.seed) json["seed"] = *settings.seed;
  return json;
}

DecodingSettings decodingFromJson(const Json& json) {
  DecodingSettings settings;
  if (!json.is_object()) return settings;
  if (const auto f = json.find("generation"); f != json.end() && f->is_object())
    settings.fields = *f;
  if (const auto s = json.find("strategy"); s != json.end() && s->is_string())
    settings.strategy = s->get<std::string>();
  if (const auto s = json.find("seed"); s != json.end() && s->is_number_integer())
    settings.seed = s->get<std::int64_t>();
  return settings;
}

QString DecodingState::presetOf(const DecodingSettings& settings) const {
  for (const QString& name : presets())
    if (preset(name) == settings) return name;
  return {};
}

QString summary(const DecodingSettings& settings) {
  QStringList parts;
  if (!settings.strategy.empty()) parts += QString::fromStdString(settings.strategy);
  for (const auto& [name, value] : settings.fields.items())
    parts += QString::fromStdString(name) + QLatin1Char(' ') +
             QString::fromStdString(jsonExcerpt(value));
  if (settings.seed) parts += DecodingState::tr("seed %1").arg(*settings.seed);
  return parts.isEmpty() ? DecodingState::tr("the model's own settings")
                         : parts.join(QStringLiteral(", "));
}

DecodingState::DecodingState(QSettings& store, QObject* parent) : QObject(parent), store_(store) {
  const QString text = store_.value(kSettingsKey).toString();
  if (!text.isEmpty()) settings_ = parse(text);
}

void DecodingState::setSettings(const DecodingSettings& settings) {
  if (settings == settings_) return;
  settings_ = settings;
  store_.setValue(kSettingsKey, write(settings_));
  emit settingsChanged();
}

void DecodingState::setField(const std::string& name, const Json& value) {
  DecodingSettings next = settings_;
  if (value.is_null())
    next.fields.erase(name);
  else
    next.fields[name] = value;
  setSettings(next);
}

void DecodingState::setFields(protocol::GenerationFieldsResult fields) {
  fields_ = std::move(fields);
  emit fieldsChanged();
}

QStringList DecodingState::presets() const {
  QStringList names;
  for (const BuiltIn& preset : kBuiltIns) names += QString::fromLatin1(preset.name);
  store_.beginGroup(QString::fromLatin1(kPresetGroup));
  for (const QString& stored : store_.childKeys())
    names += QString::fromUtf8(QByteArray::fromPercentEncoding(stored.toLatin1()));
  store_.endGroup();
  names.removeDuplicates();
  return names;
}

void DecodingState::savePreset(const QString& name, const DecodingSettings& settings) {
  store_.setValue(key(name), write(settings));
  emit presetsChanged();
}

void DecodingState::removePreset(const QString& name) {
  store_.remove(key(name));
  emit presetsChanged();
}

bool DecodingState::isSaved(const QString& name) const {
  return !name.isEmpty() && store_.contains(key(name));
}

DecodingSettings DecodingState::preset(const QString& name) const {
  const QString stored = store_.value(key(name)).toString();
  if (!stored.isEmpty()) return parse(stored);
  for (const BuiltIn& preset : kBuiltIns)
    if (name == QLatin1String(preset.name)) {
      DecodingSettings settings;
      settings.fields = parseJson(preset.fields, "preset");
      return settings;
    }
  return {};
}

}  // namespace orrery::ui
