#include "core/tokenizers/steps/decoder.h"

#include <algorithm>

#include "core/base/utf8.h"
#include "core/tokenizers/steps/metaspace.h"
#include "core/tokenizers/steps/reading.h"
#include "core/tokenizers/text/byte_alphabet.h"
#include "core/tokenizers/text/growth.h"

namespace orrery::tokenizers {
namespace {

using Tokens = std::vector<std::string>;

template <class Apply>
class Simple final : public Decoder {
 public:
  explicit Simple(Apply apply) : apply_(std::move(apply)) {}
  void apply(Tokens& tokens) const override { apply_(tokens); }

 private:
  Apply apply_;
};

template <class Apply>
std::unique_ptr<const Decoder> make(Apply apply) {
  return std::make_unique<Simple<Apply>>(std::move(apply));
}

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != text.npos; at = text.find(from, begin)) {
    result.append(text, begin, at - begin);
    result += to;
    begin = at + from.size();
  }
  if (begin == 0) return;
  result.append(text, begin);
  text = std::move(result);
}

void decodeByteLevel(Tokens& tokens) {
  std::string bytes;
  for (const std::string& token : tokens) bytes += byte_alphabet::bytesOf(token).value_or(token);
  tokens = {utf8::sanitized(bytes)};
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The byte of a token like <0x0A>, or -1.
int byteOfToken(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return -1;
  // A sign in front of one digit is a number too, for the reference.
  if (token[3] == '+' && hexDigit(token[4]) >= 0) return hexDigit(token[4]);
  if (hexDigit(token[3]) < 0 || hexDigit(token[4]) < 0) return -1;
  return hexDigit(token[3]) * 16 + hexDigit(token[4]);
}

void decodeByteFallback(Tokens& tokens) {
  Tokens result;
  std::string bytes;
  const auto flush = [&] {
    if (utf8::firstInvalid(bytes) == std::string_view::npos) {
      if (!bytes.empty()) result.push_back(bytes);
    } else {
      result.insert(result.end(), bytes.size(), "\uFFFD");
    }
    bytes.clear();
  };
  for (std::string& token : tokens) {
    if (const int byte = byteOfToken(token); byte >= 0) {
      bytes += static_cast<char>(byte);
      continue;
    }
    flush();
    result.push_back(std::move(token));
  }
  flush();
  tokens = std::move(result);
}

/// The steps contract one thing more than cleaning a whole text does.
void cleanUpToken(std::string& token) {
  token = cleanUpSpaces(std::move(token));
  replaceAll(token, " do not", " don't");
}

std::unique_ptr<const Decoder> readWordPiece(const JsonField& field) {
  return make([prefix = field.require<std::string>("prefix"),
               cleans = field.require<bool>("cleanup")](Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (i > 0)
        tokens[i] =
            tokens[i].starts_with(prefix) ? tokens[i].substr(prefix.size()) : " " + tokens[i];
      if (cleans) cleanUpToken(tokens[i]);
    }
  });
}

std::unique_ptr<const Decoder> readMetaspaceDecoder(const JsonField& field) {
  return make([space = readMetaspace(field)](Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string text;
      for (std::size_t at = 0; at < tokens[i].size();) {
        const char32_t c = utf8::next(tokens[i], at);
        if (c != space.replacement)
          utf8::append(text, c);
        else if (i > 0 || space.prepend == Metaspace::Prepend::kNever)
          text += ' ';
      }
      tokens[i] = std::move(text);
    }
  });
}

std::unique_ptr<const Decoder> readBpe(const JsonField& field) {
  return make([suffix = field.require<std::string>("suffix")](Tokens& tokens) {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      replaceAll(tokens[i], suffix, i + 1 < tokens.size() ? " " : "");
  });
}

std::unique_ptr<const Decoder> readCtc(const JsonField& field) {
  return make([pad = field.require<std::string>("pad_token"),
               space = field.require<std::string>("word_delimiter_token"),
               cleans = field.require<bool>("cleanup")](Tokens& tokens) {
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    for (std::string& token : tokens) {
      replaceAll(token, pad, "");
      if (!cleans) continue;
      cleanUpToken(token);
      replaceAll(token, space, " ");
    }
    std::erase_if(tokens, [](const std::string& token) { return token.empty(); });
  });
}

std::unique_ptr<const Decoder> readStrip(const JsonField& field) {
  return make([content = readChar(field, "content"), start = readCount(field, "start"),
               stop = readCount(field, "stop")](Tokens& tokens) {
    for (std::string& token : tokens) {
      const std::u32string chars = utf8::decode(token);
      std::size_t begin = 0, end = chars.size();
      while (begin < start && begin < chars.size() && chars[begin] == content) ++begin;
      while (chars.size() - end < stop && end > begin && chars[end - 1] == content) --end;
      token = utf8::encode(std::u32string_view(chars).substr(begin, end - begin));
    }
  });
}

std::unique_ptr<const Decoder> readReplace(const JsonField& field) {
  return make([pattern = readPattern(field, "pattern"),
               content = field.require<std::string>("content")](Tokens& tokens) {
    for (std::string& token : tokens) {
      std::string text;
      for (const auto& [range, matches] : pattern.find(token)) {
        text += matches ? content : token.substr(range.begin, range.end - range.begin);
        checkGrowth(token.size(), text.size());
      }
      token = std::move(text);
    }
  });
}

void fuse(Tokens& tokens) {
  std::string all;
  for (const std::string& token : tokens) all += token;
  tokens = {std::move(all)};
}

using Steps = std::vector<std::unique_ptr<const Decoder>>;

std::size_t bytesOf(const Tokens& tokens) {
  std::size_t bytes = 0;
  for (const std::string& token : tokens) bytes += token.size();
  return bytes;
}

class Sequence final : public Decoder {
 public:
  explicit Sequence(Steps steps) : steps_(std::move(steps)) {}

  void apply(Tokens& tokens) const override {
    const std::size_t original = bytesOf(tokens);
    for (const auto& step : steps_) {
      step->apply(tokens);
      checkGrowth(original, bytesOf(tokens));
    }
  }

 private:
  Steps steps_;
};

std::unique_ptr<const Decoder> readStep(const JsonField& field, const std::string& type) {
  if (type == "ByteLevel") return make(&decodeByteLevel);
  if (type == "ByteFallback") return make(&decodeByteFallback);
  if (type == "Fuse") return make(&fuse);
  if (type == "Metaspace") return readMetaspaceDecoder(field);
  if (type == "WordPiece") return readWordPiece(field);
  if (type == "BPEDecoder") return readBpe(field);
  if (type == "CTC") return readCtc(field);
  if (type == "Replace") return readReplace(field);
  if (type == "Strip") return readStrip(field);
  unknownType(field, type);
}

/// The steps in order, those of inner sequences among them: one place then sees how a text grows.
void readInto(Steps& steps, const JsonField& field, int depth) {
  const auto type = field.require<std::string>("type");
  if (type != "Sequence") {
    steps.push_back(readStep(field, type));
    return;
  }
  if (depth > kMaxSectionDepth) throw field.error("is nested too deeply");
  for (const JsonField& step : field["decoders"].elements()) readInto(steps, step, depth + 1);
}

}  // namespace

std::unique_ptr<const Decoder> readDecoder(const JsonField& field) {
  Steps steps;
  readInto(steps, field, 0);
  return std::make_unique<Sequence>(std::move(steps));
}

std::string cleanUpSpaces(std::string text) {
  constexpr std::pair<std::string_view, std::string_view> kRules[] = {
      {" .", "."},     {" ?", "?"},   {" !", "!"},   {" ,", ","},     {" ' ", "'"},
      {" n't", "n't"}, {" 'm", "'m"}, {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"}};
  for (const auto& [from, to] : kRules) replaceAll(text, from, to);
  return text;
}

}  // namespace orrery::tokenizers
