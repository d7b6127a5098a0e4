#include "core/models/timm/timm_config.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/error.h"

// The table lies in the library as it lies in the file; the assembler puts it there.
asm(".section .rodata\n"
    ".global orrery_timm_table\n"
    ".global orrery_timm_table_end\n"
    "orrery_timm_table:\n"
    ".incbin \"" ORRERY_TIMM_TABLE
    "\"\n"
    "orrery_timm_table_end:\n"
    ".byte 0\n"
    ".previous\n");
extern "C" {
extern const char orrery_timm_table[], orrery_timm_table_end[];
}

namespace orrery::models::timm {
namespace {

/// timm's classes that core/models/timm builds (registry.cpp has their functions).
constexpr std::array kBuilders{"Beit",
                               "ByobNet",
                               "ConvNeXt",
                               "DenseNet",
                               "EfficientNet",
                               "MlpMixer",
                               "MobileNetV3",
                               "RegNet",
                               "ResNet",
                               "SwinTransformer",
                               "VGG",
                               "VisionTransformer",
                               "VisionTransformerDistilled"};

bool hasBuilder(const std::string& name) {
  return std::find(kBuilders.begin(), kBuilders.end(), name) != kBuilders.end();
}

/// Read when the first timm model is asked for.
const Json& table() {
  static const Json document = Json::parse(orrery_timm_table, orrery_timm_table_end);
  return document;
}

bool isShorthand(const Json& value, const char* key) {
  return value.is_object() && value.size() == 1 && value.contains(key);
}

/// `value` with what stands for shared values and runs of equal ones written out.
Json expanded(const Json& value) {
  if (isShorthand(value, "#")) return expanded(table()["shared"][value["#"].get<std::size_t>()]);
  Json result = value;
  if (value.is_object())
    for (auto& part : result) part = expanded(part);
  if (!value.is_array()) return result;
  result.clear();
  for (const Json& part : value) {
    const Json& run =
        isShorthand(part, "#") ? table()["shared"][part["#"].get<std::size_t>()] : part;
    const bool repeated = isShorthand(run, "*");
    const Json element = expanded(repeated ? run["*"][0] : run);
    for (int n = repeated ? run["*"][1].get<int>() : 1; n > 0; --n) result.push_back(element);
  }
  return result;
}

/// The row of a name: builder, its arguments, what the default pretrained_cfg adds to them.
const Json& rowOf(const std::string& name) {
  const Json& models = table()["models"];
  const auto found = models.find(name);
  if (found == models.end())
    throw Error(ErrorKind::kUnsupported, "{} is none of timm {}'s {} models", orrery::quoted(name),
                table()["timm"].get<std::string>(), models.size());
  return *found;
}

Json addedByDefault(const Json& row) {
  Json added = {{"num_classes", 1000}, {"in_chans", 3}};
  if (row.size() > 2) added.update(expanded(row[2]));
  return added;
}

/// What a constructor takes from the pretrained_cfg of a checkpoint.
Json addedBy(const JsonField& pretrained) {
  Json added = Json::object();
  const auto size = pretrained.get("input_size", std::vector<std::int64_t>{});
  if (size.size() == 3) {
    added["in_chans"] = size[0];
    if (pretrained.get("fixed_input_size", false)) added["img_size"] = {size[1], size[2]};
  }
  if (const auto pool = pretrained.find("global_pool"))
    added["global_pool"] = pool->as<std::string>();
  return added;
}

}  // namespace

bool isTimm(const Json& config) {
  const auto type = config.find("model_type");
  const auto name = config.find("architecture");
  return name != config.end() && name->is_string() &&
         (type == config.end() || *type == Json(kModelType));
}

namespace {

/// What the table says of the model that `field` names, without the arguments in `row`.
Architecture named(const JsonField& field, const Json*& row) {
  Architecture result{field.as<std::string>(), {}, {}};
  // A name may carry the tag of its weights: "resnet50.a1_in1k".
  try {
    row = &rowOf(result.name.substr(0, result.name.find('.')));
  } catch (const Error& error) {
    throw field.error(error.what());
  }
  result.builder = (*row)[0].get<std::string>();
  if (!hasBuilder(result.builder))
    throw field.error(fmt::format("{} is built by timm's {}, which is not supported",
                                  orrery::quoted(result.name), result.builder));
  result.arguments = addedByDefault(*row);
  return result;
}

}  // namespace

Architecture readArchitecture(const JsonField& config) {
  const Json* row = nullptr;
  Architecture result = named(config["architecture"], row);
  // Old repositories have the fields of pretrained_cfg at the root.
  result.arguments.update(addedBy(config.find("pretrained_cfg").value_or(config)));
  result.arguments.update(expanded((*row)[1]));
  if (const auto classes = config.find("num_classes"))
    result.arguments["num_classes"] = classes->as<std::int64_t>();
  if (const auto arguments = config.find("model_args")) {
    if (!arguments->json().is_object()) throw arguments->error("expected an object");
    if (arguments->has("pruned")) throw(*arguments)["pruned"].error("is not supported");
    result.arguments.update(arguments->json());
  }
  return result;
}

namespace {

/// How many feature maps timm's features_only gives of a model.
std::size_t featureCount(const Architecture& architecture, const JsonField& field) {
  if (architecture.builder != "ResNet")
    throw field.error(
        fmt::format("{}, built by timm's {}, cannot be a backbone here; expected a "
                    "model of ResNet",
                    orrery::quoted(architecture.name), architecture.builder));
  return 1 + architecture.arguments.at("layers").size();  // that of the stem
}

std::vector<std::size_t> outIndices(const JsonField& config, std::size_t count) {
  const auto size = static_cast<std::int64_t>(count);
  std::vector<std::size_t> result;
  for (std::int64_t index : config.get("out_indices", std::vector<std::int64_t>{-1})) {
    if (index < -size || index >= size)
      throw config["out_indices"].error(
          fmt::format("feature map {} is not there; this model has {}", index, count));
    const auto place = static_cast<std::size_t>(index < 0 ? index + size : index);
    if (!result.empty() && place <= result.back())
      throw config["out_indices"].error("expected an ascending order");
    result.push_back(place);
  }
  if (result.empty()) throw config["out_indices"].error("expected at least one");
  return result;
}

}  // namespace

BackboneArchitecture readBackbone(const JsonField& config) {
  const Json* row = nullptr;
  const JsonField field = config["backbone"];
  BackboneArchitecture result{named(field, row), {}};
  Json& arguments = result.architecture.arguments;
  arguments.update(expanded((*row)[1]));
  arguments["in_chans"] = config.get<std::int64_t>("num_channels", 3);
  if (const auto stride = config.find("output_stride"))
    arguments["output_stride"] = stride->as<std::int64_t>();
  if (!config.get("features_only", true))
    throw config["features_only"].error("expected true, as a backbone has no use for logits");
  // Frozen or not, a batch norm computes the same; and the names follow from the indices.
  for (const char* other : {"freeze_batch_norm_2d", "out_features", "stage_names"})
    config.find(other);
  result.outIndices = outIndices(config, featureCount(result.architecture, field));
  return result;
}

ModelShape readBackboneShape(const JsonField& config) {
  readBackbone(config);
  return {};
}

ModelShape readShape(const JsonField& config) {
  readArchitecture(config);
  return {};
}

}  // namespace orrery::models::timm
