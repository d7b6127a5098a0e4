#pragma once

#include "core/generation/generate.h"
#include "core/pipelines/text_model.h"

namespace orrery::pipelines {

/// How a task generates unless the model or the user says otherwise.
struct GeneratingTask {
  std::string name;
  Json defaults;            ///< fields of GenerationConfig
  bool modelFirst = false;  ///< the model's own configuration counts more than `defaults`
  bool pictures = false;    ///< sessions may come with pictures or sounds only
  /// Fields of the model's own configuration that the task itself acts on.
  std::vector<std::string> apart = {};
};

/// A model that generates with the settings of a task.
class GeneratingModel {
 public:
  GeneratingModel(PipelineParts parts, const GeneratingTask& task);

  const TextModel& text() const { return text_; }
  /// What the model wants in front of every text ("summarize: ").
  const std::string& prefix() const { return prefix_; }
  /// The task's configuration with `fields` of GenerationConfig over it.
  generation::GenerationConfig config(const Options& fields) const;
  /// What tokens stand for, for stop_strings.
  const generation::TokenBytes& tokenBytes() const { return tokenBytes_; }

  /// Sessions of texts without pictures; null if the model has none.
  generation::SessionFactory* sessions() const { return sessions_.get(); }
  /// Generates; `seed`: nothing for another result each time.
  generation::GenerationResult generate(const generation::GenerationInput& input,
                                        const generation::GenerationConfig& config,
                                        std::optional<std::int64_t> seed,
                                        const JobContext& context) const;
  /// The same with sessions for pictures.
  generation::GenerationResult generate(generation::SessionFactory& sessions,
                                        const generation::GenerationInput& input,
                                        const generation::GenerationConfig& config,
                                        std::optional<std::int64_t> seed,
                                        const JobContext& context) const;
  /// The rows of a result as the reference returns them: each after `before`, filled up with the
  /// padding token to one length.
  std::vector<std::vector<int>> paddedRows(const generation::GenerationResult& result,
                                           const std::vector<int>& before,
                                           const generation::GenerationConfig& config) const;

 private:
  TextModel text_;
  std::unique_ptr<generation::SessionFactory> sessions_;
  generation::TokenBytes tokenBytes_;
  generation::GenerationConfig config_;
  std::string prefix_;
};

/// Adds every field of GenerationConfig to the options of a generating task.
std::vector<OptionInfo> withGenerationFields(std::vector<OptionInfo> options);

/// An Error that names the first of `rest` that is no field of GenerationConfig, and lists what a
/// task knows: `known` and those fields.
void refuseUnknownFields(const Options& rest, std::vector<std::string> known);

/// `options` as a T, and what is left of it: fields of GenerationConfig. An unknown name is an
/// Error.
template <OptionStruct T>
std::pair<T, Options> readGeneratingOptions(const Options& options) {
  T result;
  OptionReader reader(options, "options");
  T::fields(reader, result);
  Options rest = reader.rest();
  refuseUnknownFields(rest, reader.known());
  return {std::move(result), std::move(rest)};
}

}  // namespace orrery::pipelines
