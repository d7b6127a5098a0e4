#include "core/pipelines/picture_writer.h"

#include <algorithm>

#include "core/generation/generation_fields.h"
#include "core/media/decode.h"
#include "core/models/model_config.h"

namespace orrery::pipelines {
namespace {

using generation::GenerationConfig;
using tokenizers::TokenId;

/// BLIP's decoder begins and ends with tokens of its own, and does not see the one that ends a
/// prompt.
void prepareBlip(const JsonField& config, std::vector<TokenId>& ids, GenerationConfig& how) {
  constexpr int kBegin = 30522, kEnd = 102, kPadding = 0;  // where the configuration names none
  const Json none = Json::object();
  const JsonField text = config.find("text_config").value_or(JsonField(none, "text_config"));
  const int begin = text.get("bos_token_id", kBegin);
  how.decoderStartTokenId = begin;
  how.eosTokenId = {text.get("sep_token_id", kEnd)};
  how.padTokenId = text.get("pad_token_id", kPadding);
  if (ids.size() < 2) {
    ids = {begin};
  } else {
    ids.front() = begin;
    ids.pop_back();
  }
}

/// The places of the picture come first; without a prompt, a begin token follows.
void prepareBlip2(const JsonField& config, std::vector<TokenId>& ids) {
  const auto image = config.find("image_token_index");
  if (!image) throw config.error("lacks image_token_index, the token that stands for a picture");
  const auto token = image->as<int>();
  if (std::ranges::count(ids, token) > 0) return;
  if (ids.empty()) ids = {config["text_config"].require<int>("bos_token_id")};
  ids.insert(ids.begin(), static_cast<std::size_t>(config.get("num_query_tokens", 32)), token);
}

}  // namespace

PictureWriter::PictureWriter(PipelineParts parts, const GeneratingTask& task)
    : model_(std::move(parts), task), type_(models::modelTypeOf(config())) {}

PictureWriter::Written PictureWriter::write(std::vector<TokenId> ids,
                                            const models::TensorMap& media, GenerationConfig how,
                                            std::optional<std::int64_t> seed,
                                            const JobContext& context) const {
  std::unique_ptr<generation::SessionFactory> seen;
  if (!media.empty()) seen = model_.text().model().sessionFactoryFor(media);
  generation::SessionFactory* sessions = seen ? seen.get() : model_.sessions();
  if (!sessions)
    throw Error(ErrorKind::kInvalidInput,
                "input: expected a picture, without which this model "
                "writes nothing");
  context.cancel.throwIfCancelled();
  const bool asks = sessions->isEncoderDecoder();  // the text is not what is continued
  if (type_ == "blip") {
    std::vector<TokenId> prompt = asks ? std::vector<TokenId>() : std::move(ids);
    prepareBlip(config(), prompt, how);
    if (!asks) ids = std::move(prompt);
  } else if (type_ == "blip-2" && seen) {
    prepareBlip2(config(), ids);
  }
  generation::GenerationInput input;
  (asks ? input.encoderIds : input.promptIds) = std::move(ids);
  const auto result = model_.generate(*sessions, input, how, seed, context);
  const auto start = how.decoderStartTokenId ? how.decoderStartTokenId : how.bosTokenId;
  return {result.promptIds,
          model_.paddedRows(result, asks ? std::vector{*start} : result.promptIds, how)};
}

std::vector<media::Image> readPictures(std::span<const std::filesystem::path> files) {
  std::vector<media::Image> pictures;
  for (const auto& file : files) pictures.push_back(media::readImage(file));
  return pictures;
}

void mergeGenerateKwargs(const OrderedJson& kwargs, Options& fields) {
  if (kwargs.is_null()) return;
  if (!kwargs.is_object())
    throw Error(ErrorKind::kInvalidInput, "expected an object of names and values, found {}",
                jsonExcerpt(Json(kwargs)))
        .in("options.generate_kwargs");
  for (const auto& [name, value] : kwargs.items()) {
    const bool known = generation::findField(name) || generation::findOtherField(name);
    if (!known || fields.contains(name))
      throw Error(ErrorKind::kInvalidInput, known
                                                ? "is given twice, here and as an option of its own"
                                                : "is no field of GenerationConfig")
          .in("options.generate_kwargs." + name);
    fields[name] = value;
  }
}

}  // namespace orrery::pipelines
