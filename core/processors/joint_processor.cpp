#include "core/processors/joint_processor.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/processors/joint_types.h"
#include "core/processors/types.h"

namespace orrery::processors {

struct JointProcessor::Parts {
  const JointRow* row;
  std::unique_ptr<const ImageProcessor> images;
  std::shared_ptr<const tokenizers::Tokenizer> tokenizer;
  JointSettings settings;
};

namespace {

namespace fs = std::filesystem;
using Parts = JointProcessor::Parts;
using tokenizers::EncodeOptions;
using tokenizers::Encoding;
using tokenizers::TokenId;

/// A JSON file of the folder; an empty object if it is not there.
Json readIfThere(const fs::path& path) {
  return fs::exists(path) ? readJsonFile(path) : Json::object();
}

const JointRow& rowOf(const fs::path& folder) {
  for (const char* name :
       {"processor_config.json", "preprocessor_config.json", "tokenizer_config.json"}) {
    const Json json = readIfThere(folder / name);
    const auto type = JsonField(json, (folder / name).string()).find("processor_class");
    if (!type) continue;
    if (const JointRow* row = findJointRow(type->as<std::string>())) return *row;
    throw type->error(fmt::format("{} is no known processor of texts and pictures; there are {}",
                                  jsonExcerpt(type->json()), jointTypeNames()));
  }
  const Json json = readIfThere(folder / "config.json");
  const auto model = JsonField(json, (folder / "config.json").string()).find("model_type");
  const JointRow* row = model ? jointRowForModel(model->as<std::string>()) : nullptr;
  if (row) return *row;
  throw Error(ErrorKind::kNotFound,
              "has no processor of texts and pictures: expected one of {} as "
              "processor_class, or a model of such a type",
              jointTypeNames())
      .in(folder.string());
}

JointSettings readJointSettings(const JointRow& row, const fs::path& folder, const JsonField& image,
                                const tokenizers::Tokenizer& tokenizer) {
  JointSettings settings;
  if (row.placement == Placement::kNone) return settings;
  settings.imageToken = tokenizer.specialToken("image_token").value_or(std::string(row.imageToken));
  const fs::path path = folder / "processor_config.json";
  const Json processor = readIfThere(path);
  row.read(JsonField(processor, path.string()), image, tokenizer, settings);
  const bool unused = row.placement == Placement::kInFront && settings.imageLength == 0;
  if (!unused && !tokenizer.idOf(settings.imageToken))
    throw Error(ErrorKind::kNotFound, "the tokenizer has no token {}, which stands for a picture",
                orrery::quoted(settings.imageToken))
        .in(folder.string());
  return settings;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

/// An Error unless the texts have as many places as there are pictures.
void requirePlaces(const Parts& parts, std::span<const std::string> texts, std::size_t pictures) {
  const JointRow& row = *parts.row;
  if (row.placement != Placement::kInPlace && row.placement != Placement::kPrefixed) return;
  if (texts.size() != 1)
    throw Error(ErrorKind::kInvalidInput, "{} takes one text, found {}", row.name, texts.size());
  const std::size_t places = occurrences(texts[0], parts.settings.imageToken);
  if (row.placement == Placement::kPrefixed && places == 0) {
    if (pictures > 0) return;
    throw Error(ErrorKind::kInvalidInput, "{} needs a picture", row.name);
  }
  if (places != pictures)
    throw Error(ErrorKind::kInvalidInput,
                "the text has {} places for pictures ({}), but there are {} pictures", places,
                parts.settings.imageToken, pictures);
}

/// As PaliGemma was trained: pictures, begin token, text, line end.
std::string prefixed(std::string text, std::size_t pictures, const JointSettings& settings) {
  const std::string& place = settings.imageToken;
  if (text.find(place) == text.npos)
    for (std::size_t i = 0; i < pictures; ++i) text.insert(0, place);
  const auto at = text.rfind(place);
  return text.insert(at + place.size(), settings.bosToken) + '\n';
}

/// `text` with the tokens of each picture instead of its placeholder.
std::string expanded(const std::string& text, const Parts& parts, const Features& pictures) {
  const std::string& place = parts.settings.imageToken;
  std::string result;
  std::size_t from = 0;
  for (std::size_t index = 0;; ++index) {
    const auto at = text.find(place, from);
    result.append(text, from, at == text.npos ? at : at - from);
    if (at == text.npos) return result;
    result += parts.row->expand(parts.settings, pictures, index);
    from = at + place.size();
  }
}

/// The tokens of a text that has the places of its pictures.
Encoding encodePlaced(const Parts& parts, std::string text, const Features& pictures,
                      EncodeOptions how) {
  const JointSettings& settings = parts.settings;
  if (parts.row->placement == Placement::kPrefixed) {
    text = prefixed(std::move(text), pictures.originalSizes.size(), settings);
    how.addSpecialTokens = false;
  }
  text = expanded(text, parts, pictures);
  Encoding encoding = parts.tokenizer->encode(text, how);
  const auto found = std::ranges::count(encoding.ids, *parts.tokenizer->idOf(settings.imageToken));
  const auto wanted = occurrences(text, settings.imageToken);
  if (static_cast<std::size_t>(found) != wanted)
    throw Error(ErrorKind::kInvalidInput,
                "the pictures take {} tokens, but only {} are left of them: expected a greater "
                "length to cut to",
                wanted, found);
  return encoding;
}

/// The tokens of texts that have no places for pictures.
std::vector<Encoding> encodeBeside(const Parts& parts, std::span<const std::string> texts,
                                   bool hasPictures, const EncodeOptions& how) {
  std::vector<Encoding> batch = parts.tokenizer->encodeBatch(texts, how);
  if (parts.row->placement != Placement::kInFront || !hasPictures) return batch;
  const Encoding front = parts.tokenizer->encode(parts.row->expand(parts.settings, {}, 0),
                                                 {.addSpecialTokens = false});
  for (Encoding& encoding : batch) {
    Encoding whole = front;
    whole.append(encoding);
    encoding = std::move(whole);
  }
  return batch;
}

/// One row a text, all of one length; `value` gives the numbers of one.
template <class Value>
at::Tensor rowsOf(const std::vector<Encoding>& batch, const Value& value) {
  std::vector<std::int64_t> numbers;
  for (const Encoding& encoding : batch)
    for (const std::int32_t number : value(encoding)) numbers.push_back(number);
  const auto count = static_cast<std::int64_t>(batch.size());
  return at::tensor(numbers, at::kLong).reshape({count, -1});
}

/// 1 where a token belongs to a picture.
std::vector<std::int32_t> pictureTypes(const Encoding& encoding, std::optional<TokenId> image) {
  std::vector<std::int32_t> types;
  for (const TokenId id : encoding.ids) types.push_back(id == image ? 1 : 0);
  return types;
}

std::map<std::string, at::Tensor> textTensors(const Parts& parts,
                                              const std::vector<Encoding>& batch) {
  const auto& names = parts.tokenizer->settings().modelInputNames;
  const auto takes = [&](std::string_view name) { return std::ranges::count(names, name) > 0; };
  const TypeIds types = parts.row->typeIds;
  std::map<std::string, at::Tensor> tensors;
  tensors["input_ids"] = rowsOf(batch, [](const Encoding& one) { return one.ids; });
  if (names.empty() || takes("attention_mask"))
    tensors["attention_mask"] =
        rowsOf(batch, [](const Encoding& one) { return one.attentionMask; });
  if (types == TypeIds::kAlways || (types == TypeIds::kAsTokenizer && takes("token_type_ids")))
    tensors["token_type_ids"] = rowsOf(batch, [](const Encoding& one) { return one.typeIds; });
  if (parts.row->pictureTypeIds) {
    const auto image = parts.tokenizer->idOf(parts.settings.imageToken);
    tensors["mm_token_type_ids"] =
        rowsOf(batch, [&](const Encoding& one) { return pictureTypes(one, image); });
  }
  return tensors;
}

/// How texts become rows of one length.
EncodeOptions encodeOptions(const Parts& parts, const JointOptions& options, std::size_t texts) {
  EncodeOptions how{.addSpecialTokens = options.addSpecialTokens, .truncation = options.truncation};
  const int length = parts.row->textLength;
  if (length == 0 && texts == 1) return how;
  const auto& settings = parts.tokenizer->settings();
  how.padding =
      tokenizers::Padding{.side = settings.paddingSide, .id = parts.tokenizer->padId().value_or(0)};
  if (length == 0) return how;
  how.padding->length = static_cast<std::uint32_t>(length);
  if (!how.truncation)
    how.truncation = tokenizers::Truncation{.maxLength = static_cast<std::uint32_t>(length),
                                            .side = settings.truncationSide};
  return how;
}

}  // namespace

std::vector<TokenId> JointFeatures::ids() const {
  const at::Tensor row = texts.at("input_ids")[0].contiguous();
  const std::int64_t* begin = row.data_ptr<std::int64_t>();
  return {begin, begin + row.numel()};
}

JointProcessor::JointProcessor(Parts parts)
    : parts_(std::make_unique<const Parts>(std::move(parts))) {}
JointProcessor::~JointProcessor() = default;

std::unique_ptr<const JointProcessor> JointProcessor::load(const fs::path& folder,
                                                           Backend backend) {
  const JointRow& row = rowOf(folder);
  ProcessorFile file = readProcessorFile(folder);
  file.members.update(Json::parse(row.imageFields));
  const JsonField image(file.members, file.name);
  Parts parts{.row = &row,
              .images = ImageProcessor::fromFile(image, folder, backend),
              .tokenizer = tokenizers::Tokenizer::load(folder)};
  parts.settings = readJointSettings(row, folder, image, *parts.tokenizer);
  return std::make_unique<const JointProcessor>(std::move(parts));
}

bool JointProcessor::isKnownFor(std::string_view modelType) {
  return jointRowForModel(modelType) != nullptr;
}

std::string_view JointProcessor::type() const {
  return parts_->row->name;
}
const ImageProcessor& JointProcessor::imageProcessor() const {
  return *parts_->images;
}
const std::shared_ptr<const tokenizers::Tokenizer>& JointProcessor::tokenizer() const {
  return parts_->tokenizer;
}
const std::string& JointProcessor::imageToken() const {
  return parts_->settings.imageToken;
}

JointFeatures JointProcessor::process(std::span<const std::string> texts,
                                      std::span<const media::Image> pictures,
                                      const JointOptions& options) const {
  requirePlaces(*parts_, texts, pictures.size());
  JointFeatures features;
  if (!pictures.empty()) features.pictures = parts_->images->process(pictures);
  const EncodeOptions how = encodeOptions(*parts_, options, texts.size());
  const Placement placement = parts_->row->placement;
  const bool hasPlaces = placement == Placement::kInPlace || placement == Placement::kPrefixed;
  features.texts = textTensors(
      *parts_, hasPlaces ? std::vector{encodePlaced(*parts_, texts[0], features.pictures, how)}
                         : encodeBeside(*parts_, texts, !pictures.empty(), how));
  return features;
}

JointFeatures JointProcessor::processChat(const std::string& prompt,
                                          std::span<const media::Image> pictures,
                                          JointOptions options) const {
  const auto bos = parts_->tokenizer->specialToken("bos_token");
  if (bos && prompt.starts_with(*bos)) options.addSpecialTokens = false;
  return process({&prompt, 1}, pictures, options);
}

}  // namespace orrery::processors
