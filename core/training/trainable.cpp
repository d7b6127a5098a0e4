#include "core/training/trainable.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint.h"
#include "core/models/auto_model.h"
#include "core/nn/weights.h"
#include "core/training/series_form.h"

namespace orrery::training {
namespace {

/// A checkpoint without a tensor: everything begins.
class Nothing : public checkpoint::WeightSource {
 public:
  std::optional<checkpoint::TensorView> find(std::string_view) const override { return {}; }
  std::vector<std::string> names() const override { return {}; }
  std::string description() const override { return "a model that begins"; }
};

/// Of normally distributed beginnings, by the fields that transformers looks at.
double deviationOf(const JsonField& config) {
  for (const char* field : {"initializer_range", "init_std", "initializer_factor"})
    if (config.has(field)) return config.require<double>(field);
  return 0.02;
}

}  // namespace

OrderedJson readConfig(const TrainingSettings& settings, const SeriesTable& table) {
  const bool inFile = settings.config.is_string() || !settings.model.empty();
  const std::filesystem::path path =
      settings.model.empty() ? settings.config.is_string()
                                   ? std::filesystem::path(settings.config.get<std::string>())
                                   : std::filesystem::path()
                             : std::filesystem::path(settings.model) / "config.json";
  OrderedJson config = inFile ? OrderedJson::parse(readJsonFile(path).dump()) : settings.config;
  const std::string name = inFile ? path.string() : "config";
  const Json plain = Json::parse(config.dump());
  const JsonField field(plain, name);
  if (!plain.is_object()) throw field.error("expected the configuration of a model, an object");
  models::requireSupported(field);
  if (!field.has("architectures")) config["architectures"] = {forecastClass(field)};
  fitConfig(config, field, table, settings);
  config["dtype"] = "float32";
  return config;
}

Trainable makeTrainable(const OrderedJson& config, const TrainingSettings& settings) {
  Trainable result{.config = config};
  const Json plain = Json::parse(config.dump());
  const JsonField field(plain, settings.model.empty() ? "config" : settings.model);
  std::shared_ptr<const checkpoint::WeightSource> source = std::make_shared<Nothing>();
  if (settings.model.empty())
    result.parameters = std::make_shared<nn::Parameters>(
        deviationOf(field),
        at::detail::createCPUGenerator(static_cast<std::uint64_t>(settings.seed)));
  else {
    source = checkpoint::openFolderWeights(settings.model);
    result.parameters = std::make_shared<nn::Parameters>();
  }
  result.model = models::buildModel(field, nn::Weights(source, result.parameters));
  return result;
}

std::vector<nn::Parameters::Entry> Trainable::tensors() const {
  auto entries = parameters->trained();
  entries.insert(entries.end(), parameters->buffers().begin(), parameters->buffers().end());
  return entries;
}

void Trainable::restore(const checkpoint::WeightSource& source) const {
  copyInto(tensors(), source);
}

void copyInto(const std::vector<nn::Parameters::Entry>& entries,
              const checkpoint::WeightSource& source) {
  const at::NoGradGuard plain;
  for (const auto& [name, value] : entries) {
    const auto found = source.find(name);
    if (!found || found->shape != value.sizes().vec())
      throw Error(ErrorKind::kInvalidInput, "tensor {} {}, expected shape {}", name,
                  found ? "has shape " + nn::shapeText(found->shape) : "is missing",
                  nn::shapeText(value.sizes().vec()))
          .in(source.description());
    at::Tensor target = value;
    target.copy_(nn::asTensor(*found));
  }
}

}  // namespace orrery::training
