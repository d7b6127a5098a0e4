#include "app/cli/tokenizer_kind.h"

#include "core/base/file.h"

namespace orrery::engine {
namespace {

namespace fs = std::filesystem;
using protocol::TokenizerEntry;

/// Reads model.type of a tokenizer.json and stops there: vocabularies are long.
class ModelTypeReader : public nlohmann::json_sax<Json> {
 public:
  std::string type;
  std::string failure;

  bool start_object(std::size_t) override { return enter(); }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (depth_ == 1) inModel_ = name == "model";
    isType_ = depth_ == 2 && inModel_ && name == "type";
    return true;
  }
  bool string(string_t& value) override {
    if (!isType_) return true;
    type = value;
    return false;
  }
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool parse_error(std::size_t at, const std::string&,
                   const nlohmann::detail::exception&) override {
    failure = fmt::format("not valid JSON: a fault at byte {}", at);
    return false;
  }

 private:
  bool enter() {
    ++depth_;
    isType_ = false;
    return true;
  }
  bool leave() {
    --depth_;
    return true;
  }

  int depth_ = 0;
  bool inModel_ = false, isType_ = false;
};

TokenizerEntry readTokenizerJson(const fs::path& file) {
  ModelTypeReader reader;
  Json::sax_parse(readTextFile(file), &reader);
  if (!reader.failure.empty())
    throw Error(ErrorKind::kInvalidInput, std::string(reader.failure)).in(file.string());
  return {reader.type, "tokenizer.json"};
}

/// The other forms say by their name what they hold; in the order in which they count.
struct NamedForm {
  const char* file;
  const char* kind;
};
constexpr NamedForm kForms[] = {{"tokenizer.model", "sentencepiece"},
                                {"spiece.model", "sentencepiece"},
                                {"sentencepiece.bpe.model", "sentencepiece"},
                                {"merges.txt", "BPE"},
                                {"vocab.txt", "WordPiece"}};

TokenizerEntry ofGguf(const checkpoint::GgufFile& file) {
  const auto* value = file.value("tokenizer.ggml.model");
  if (!value) return {};
  const std::string model(value->string());
  const char* kind = model == "bert"                       ? "WordPiece"
                     : model == "t5"                       ? "Unigram"
                     : model == "gpt2" || model == "llama" ? "BPE"
                                                           : model.c_str();
  return {kind, "tokenizer.ggml.model"};
}

}  // namespace

TokenizerEntry tokenizerOf(const checkpoint::Checkpoint& checkpoint) {
  if (checkpoint.gguf) return ofGguf(*checkpoint.gguf);
  std::error_code ignored;
  const fs::path& folder = checkpoint.folderOrFile;
  if (fs::exists(folder / "tokenizer.json", ignored))
    return readTokenizerJson(folder / "tokenizer.json");
  for (const NamedForm& form : kForms)
    if (fs::exists(folder / form.file, ignored)) return {form.kind, form.file};
  return {};
}

}  // namespace orrery::engine
