// A tokenizer.json and, behind a zero byte, a tokenizer_config.json: texts to ids and back.

#include "core/tokenizers/streaming.h"
#include "core/tokenizers/tokenizer.h"
#include "tests/fuzz/support.h"

using namespace orrery;
using namespace orrery::tokenizers;

namespace {

constexpr std::string_view kTexts[] = {"a", "ab  c\xc3\xa9 12.\n<s> d\xe4\xb8\xad",
                                       "\xe2\x96\x81It's \xf0\x9f\x98\x80 e\xcc\x81\xff x"};

void useIt(const std::shared_ptr<const Tokenizer>& tokenizer) {
  for (const std::string_view text : kTexts) {
    fuzz::allowError([&] {
      const Encoding encoding = tokenizer->encode(text);
      tokenizer->decode(encoding.ids);
      StreamingDetokenizer stream(tokenizer);
      for (const TokenId id : encoding.ids) stream.push(id);
      stream.finish();
    });
  }
  EncodeOptions options;
  options.truncation = tokenizer->fileTruncation();
  options.padding = tokenizer->filePadding();
  fuzz::allowError([&] { tokenizer->encodePair(kTexts[1], kTexts[2], options); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::textOf(data, size);
  const std::size_t zero = text.find('\0');
  fuzz::allowError([&] {
    const Json json = parseJson(text.substr(0, zero), "tokenizer.json");
    Json config = Json::object();
    if (zero != text.npos) config = parseJson(text.substr(zero + 1), "tokenizer_config.json");
    useIt(Tokenizer::fromJson(json, "tokenizer.json", &config));
  });
  return 0;
}
