#include "core/processors/joint_types.h"

#include <algorithm>

#include "core/base/error.h"

namespace orrery::processors {
namespace {

using tokenizers::Tokenizer;

constexpr int kMostTokens = 1 << 16;  // of a picture or tile, so that no file asks for too much

std::string repeated(std::string_view text, std::int64_t times) {
  if (times < 0 || times > kMostTokens)
    throw Error(ErrorKind::kInvalidInput, "{} tokens for a picture: expected 0 to {}", times,
                kMostTokens);
  std::string result;
  result.reserve(text.size() * static_cast<std::size_t>(times));
  for (std::int64_t i = 0; i < times; ++i) result += text;
  return result;
}

int count(const JsonField& field, int least) {
  const int value = field.as<int>();
  if (value < least || value > kMostTokens)
    throw field.error(fmt::format("expected {} to {}, found {}", least, kMostTokens, value));
  return value;
}

void readBlip2(const JsonField& processor, const JsonField&, const Tokenizer&,
               JointSettings& settings) {
  if (const auto field = processor.find("num_query_tokens"))
    settings.imageLength = count(*field, 1);
}

std::string expandPlain(const JointSettings& settings, const Features&, std::size_t) {
  return repeated(settings.imageToken, settings.imageLength);
}

void readLlava(const JsonField& processor, const JsonField&, const Tokenizer& tokenizer,
               JointSettings& settings) {
  if (!tokenizer.specialToken("image_token"))
    settings.imageToken = processor.get("image_token", settings.imageToken);
  settings.patchSize = count(processor["patch_size"], 1);
  if (const auto field = processor.find("num_additional_image_tokens"))
    settings.additionalTokens = count(*field, 0);
  settings.dropsFirst = processor.get("vision_feature_select_strategy", std::string()) == "default";
}

std::string expandLlava(const JointSettings& settings, const Features& pictures, std::size_t) {
  const at::Tensor& pixels = pictures.tensors.at("pixel_values");
  const std::int64_t patches =
      (pixels.size(-2) / settings.patchSize) * (pixels.size(-1) / settings.patchSize);
  return repeated(settings.imageToken,
                  patches + settings.additionalTokens - (settings.dropsFirst ? 1 : 0));
}

void readPaliGemma(const JsonField&, const JsonField& image, const Tokenizer& tokenizer,
                   JointSettings& settings) {
  settings.imageLength = count(image["image_seq_length"], 1);
  const auto bos = tokenizer.specialToken("bos_token");
  if (!bos)
    throw Error(ErrorKind::kNotFound, "the tokenizer has none, but PaliGemmaProcessor needs it")
        .in("bos_token");
  settings.bosToken = *bos;
}

void readIdefics3(const JsonField& processor, const JsonField&, const Tokenizer&,
                  JointSettings& settings) {
  constexpr int kDefault = 169;
  const auto field = processor.find("image_seq_len");
  settings.imageLength = field ? count(*field, 1) : kDefault;
  settings.imageToken = "<image>";
  settings.fakeToken = "<fake_token_around_image>";
  settings.globalTag = "<global-img>";
}

void readSmolVlm(const JsonField& processor, const JsonField& image, const Tokenizer& tokenizer,
                 JointSettings& settings) {
  const std::string own = settings.imageToken;  // by the tokenizer's word, as the other two
  readIdefics3(processor, image, tokenizer, settings);
  settings.imageToken = own;
  settings.fakeToken = tokenizer.specialToken("fake_image_token").value_or(settings.fakeToken);
  settings.globalTag = tokenizer.specialToken("global_image_token").value_or(settings.globalTag);
}

/// The tiles by row and column, then the whole picture.
std::string expandTiles(const JointSettings& settings, const Features& pictures,
                        std::size_t index) {
  const media::Size grid = pictures.grids[index];
  const std::string tile = repeated(settings.imageToken, settings.imageLength);
  std::string text;
  for (int row = 1; row <= grid.height; ++row) {
    for (int column = 1; column <= grid.width; ++column)
      text += fmt::format("{}<row_{}_col_{}>{}", settings.fakeToken, row, column, tile);
    text += '\n';
  }
  if (grid.height > 0) text += '\n';
  return text + settings.fakeToken + settings.globalTag + tile + settings.fakeToken;
}

void readQwen2Vl(const JsonField&, const JsonField& image, const Tokenizer&,
                 JointSettings& settings) {
  constexpr int kDefault = 2;
  const auto field = image.find("merge_size");
  settings.mergeSize = field ? count(*field, 1) : kDefault;
}

std::string expandQwen2Vl(const JointSettings& settings, const Features& pictures,
                          std::size_t index) {
  const media::Size grid = pictures.grids[index];
  const std::int64_t merged = std::int64_t{settings.mergeSize} * settings.mergeSize;
  return repeated(settings.imageToken, std::int64_t{grid.height} * grid.width / merged);
}

constexpr JointRow kTypes[] = {
    {.name = "BlipProcessor",
     .modelType = "blip",
     .placement = Placement::kNone,
     .typeIds = TypeIds::kNever},
    {.name = "Blip2Processor",
     .modelType = "blip-2",
     .placement = Placement::kInFront,
     .typeIds = TypeIds::kNever,
     .read = readBlip2,
     .expand = expandPlain},
    {.name = "CLIPProcessor", .modelType = "clip", .placement = Placement::kNone},
    {.name = "Idefics3Processor",
     .modelType = "idefics3",
     .placement = Placement::kInPlace,
     .read = readIdefics3,
     .expand = expandTiles},
    {.name = "LlavaProcessor",
     .modelType = "llava",
     .placement = Placement::kInPlace,
     .read = readLlava,
     .expand = expandLlava},
    {.name = "PaliGemmaProcessor",
     .modelType = "paligemma",
     .placement = Placement::kPrefixed,
     .typeIds = TypeIds::kAlways,
     .read = readPaliGemma,
     .expand = expandPlain},
    {.name = "Qwen2VLProcessor",
     .modelType = "qwen2_vl",
     .placement = Placement::kInPlace,
     .imageToken = "<|image_pad|>",
     .pictureTypeIds = true,
     .read = readQwen2Vl,
     .expand = expandQwen2Vl},
    {.name = "Siglip2Processor",
     .modelType = "siglip2",
     .placement = Placement::kNone,
     .imageFields = R"({"max_num_patches": 256, "patch_size": 16})",
     .textLength = 64},
    {.name = "SiglipProcessor", .modelType = "siglip", .placement = Placement::kNone},
    {.name = "SmolVLMProcessor",
     .modelType = "smolvlm",
     .placement = Placement::kInPlace,
     .read = readSmolVlm,
     .expand = expandTiles},
};

const JointRow* rowWith(std::string_view JointRow::*member, std::string_view value) {
  const auto found = std::ranges::find(kTypes, value, member);
  return found == std::end(kTypes) ? nullptr : found;
}

}  // namespace

const JointRow* findJointRow(std::string_view name) {
  return rowWith(&JointRow::name, name);
}

const JointRow* jointRowForModel(std::string_view modelType) {
  return rowWith(&JointRow::modelType, modelType);
}

std::string jointTypeNames() {
  std::string names;
  for (const JointRow& row : kTypes) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

}  // namespace orrery::processors
