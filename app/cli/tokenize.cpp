#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/hub/model_argument.h"
#include "core/base/file.h"
#include "core/base/json.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::cli {
namespace {

using tokenizers::EncodeOptions;
using tokenizers::Encoding;
using tokenizers::Tokenizer;

struct Options {
  std::string model;
  std::optional<std::string> text, file, pair;
  std::vector<std::string> settings;
  std::vector<tokenizers::TokenId> decode;
  bool json = false;
};

struct Settings {
  EncodeOptions encode;
  bool skipSpecialTokens = false;
  std::optional<bool> cleanUp;
};

bool asBool(const std::string& key, const std::string& value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  throw Error(ErrorKind::kInvalidInput, "--set {}: expected true or false, found {}", key,
              orrery::quoted(value));
}

std::uint32_t asCount(const std::string& key, const std::string& value) {
  try {
    std::size_t used = 0;
    const unsigned long count = std::stoul(value, &used);
    if (used == value.size() && value[0] != '-' && count <= 1u << 30)
      return static_cast<std::uint32_t>(count);
  } catch (const std::exception&) {
  }
  throw Error(ErrorKind::kInvalidInput, "--set {}: expected a count, found {}", key,
              orrery::quoted(value));
}

Settings readSettings(const std::vector<std::string>& entries) {
  Settings settings;
  for (const std::string& entry : entries) {
    const auto equals = entry.find('=');
    const std::string key = entry.substr(0, equals);
    const std::string value = equals == entry.npos ? "" : entry.substr(equals + 1);
    if (key == "add_special_tokens") {
      settings.encode.addSpecialTokens = asBool(key, value);
    } else if (key == "max_length") {
      settings.encode.truncation.emplace().maxLength = asCount(key, value);
    } else if (key == "skip_special_tokens") {
      settings.skipSpecialTokens = asBool(key, value);
    } else if (key == "clean_up_tokenization_spaces") {
      settings.cleanUp = asBool(key, value);
    } else {
      throw Error(ErrorKind::kInvalidInput,
                  "--set {}: no such setting, expected add_special_tokens, max_length, "
                  "skip_special_tokens or clean_up_tokenization_spaces",
                  orrery::quoted(key));
    }
  }
  return settings;
}

Json offsetsOf(const Encoding& encoding) {
  Json list = Json::array();
  for (const auto& range : encoding.offsets) list.push_back({range.begin, range.end});
  return list;
}

void print(const Json& document) {
  std::puts(document.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

int printTokens(const Encoding& encoding, bool json) {
  if (json) {
    print({{"ids", encoding.ids},
           {"tokens", encoding.tokens},
           {"offsets", offsetsOf(encoding)},
           {"token_type_ids", encoding.typeIds},
           {"attention_mask", encoding.attentionMask},
           {"special_tokens_mask", encoding.specialTokensMask}});
    return kDone;
  }
  for (std::size_t i = 0; i < encoding.size(); ++i)
    fmt::print("{:>8}  {:>5}-{:<5}  {}\n", encoding.ids[i], encoding.offsets[i].begin,
               encoding.offsets[i].end, orrery::quoted(encoding.tokens[i]));
  return kDone;
}

int tokenize(const Options& options) {
  const Settings settings = readSettings(options.settings);
  const auto tokenizer = Tokenizer::load(options.model);
  if (!options.decode.empty()) {
    const std::string text =
        tokenizer->decode(options.decode, settings.skipSpecialTokens, settings.cleanUp);
    if (options.json)
      print({{"text", text}});
    else
      std::puts(text.c_str());
    return kDone;
  }
  const std::string text = options.file ? requireUtf8(readTextFile(*options.file), *options.file)
                                        : requireUtf8(options.text.value_or(""), "--text");
  const Encoding encoding = options.pair
                                ? tokenizer->encodePair(text, *options.pair, settings.encode)
                                : tokenizer->encode(text, settings.encode);
  return printTokens(encoding, options.json);
}

}  // namespace

void addTokenizeCommand(CLI::App& app, Run& run) {
  auto* command = app.add_subcommand("tokenize", "Text to tokens, or tokens to text");
  const auto options = std::make_shared<Options>();
  addModelOption(*command, options->model, "Checkpoint folder, tokenizer file or .gguf file",
                 ModelNeed::kText);
  auto* input = command->add_option_group("input");
  input->add_option("--text", options->text, "The text");
  input->add_option("--file", options->file, "A file with the text");
  addIdsOption(*input, "--decode", options->decode, "Token ids, to be made text: 1,2,3");
  input->require_option(1);
  command->add_option("--pair", options->pair, "A second text that belongs to the first");
  command->add_option("--set", options->settings,
                      "A setting: add_special_tokens=false, max_length=N, …");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->callback([&run, options] { run = [options] { return tokenize(*options); }; });
}

}  // namespace orrery::cli
