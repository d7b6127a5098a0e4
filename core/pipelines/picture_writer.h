#pragma once

#include <span>

#include "core/media/image.h"
#include "core/pipelines/generating_model.h"

namespace orrery::pipelines {

/// A model that writes about pictures. May be shared by threads.
class PictureWriter {
 public:
  /// What the model took in, and the rows as transformers' generate() returns them: a decoder's
  /// with the prompt, all of one length.
  struct Written {
    std::vector<tokenizers::TokenId> prompt;
    std::vector<std::vector<tokenizers::TokenId>> rows;
  };

  PictureWriter(PipelineParts parts, const GeneratingTask& task);

  const GeneratingModel& model() const { return model_; }
  const tokenizers::Tokenizer& tokenizer() const { return model_.text().tokenizer(); }
  const checkpoint::Checkpoint& checkpoint() const { return model_.text().checkpoint(); }
  JsonField config() const { return model_.text().config(); }

  /// Writes on from `ids`, the tokens of a prompt or question, which may be empty where the model
  /// begins by itself. `media`: the tensors of pictures as their processor gives them; without any,
  /// the model writes from the text alone. An Error if the model cannot.
  Written write(std::vector<tokenizers::TokenId> ids, const models::TensorMap& media,
                generation::GenerationConfig config, std::optional<std::int64_t> seed,
                const JobContext& context) const;

 private:
  GeneratingModel model_;
  std::string type_;
};

/// The pictures of files. An Error names the one that is missing or cannot be read.
std::vector<media::Image> readPictures(std::span<const std::filesystem::path> files);

/// Adds the members of the option generate_kwargs to `fields` of GenerationConfig. An Error if one
/// is given twice, or is none.
void mergeGenerateKwargs(const OrderedJson& kwargs, Options& fields);

}  // namespace orrery::pipelines
