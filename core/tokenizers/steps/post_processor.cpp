#include "core/tokenizers/steps/post_processor.h"

#include "core/tokenizers/steps/byte_level.h"
#include "core/tokenizers/steps/reading.h"
#include "core/tokenizers/steps/template.h"

namespace orrery::tokenizers {
namespace {

NamedToken readNamedToken(const JsonField& section, std::string_view key) {
  const JsonField field = section[key];
  const auto parts = field.elements();
  if (parts.size() != 2)
    throw field.error(fmt::format("expected [token, id], found {}", jsonExcerpt(field.json())));
  const int id = parts[1].as<int>();
  if (id < 0) throw parts[1].error(fmt::format("expected a token id, found {}", id));
  return {parts[0].as<std::string>(), id};
}

Encoding asEncoding(const NamedToken& token, std::int32_t typeId) {
  return specialEncoding({token.id}, {token.token}, typeId);
}

/// Puts tokens before and after an encoding and after each of its overflowing pieces.
void surround(Encoding& encoding, const Encoding* before, const Encoding& after) {
  std::vector<Encoding> overflowing = std::move(encoding.overflowing);
  encoding.overflowing.clear();
  for (Encoding& piece : overflowing) surround(piece, before, after);
  Encoding whole;
  if (before) whole = *before;
  whole.append(encoding);
  whole.append(after);
  whole.overflowing = std::move(overflowing);
  encoding = std::move(whole);
}

class ByteLevel final : public PostProcessor {
 public:
  ByteLevel(bool trims, bool addsSpace) : trims_(trims), addsSpace_(addsSpace) {}
  std::size_t addedTokens(bool) const override { return 0; }
  void apply(std::vector<Encoding>& parts, bool) const override {
    if (!trims_) return;
    for (Encoding& part : parts) {
      trimByteLevelOffsets(part, addsSpace_);
      for (Encoding& piece : part.overflowing) trimByteLevelOffsets(piece, addsSpace_);
    }
  }

 private:
  bool trims_, addsSpace_;
};

/// [CLS] A [SEP] and, for a pair, B [SEP].
class Bert final : public PostProcessor {
 public:
  explicit Bert(const JsonField& field)
      : begin_(readNamedToken(field, "cls")), end_(readNamedToken(field, "sep")) {}
  std::size_t addedTokens(bool pair) const override { return pair ? 3 : 2; }
  void apply(std::vector<Encoding>& parts, bool addSpecialTokens) const override {
    if (!addSpecialTokens) return;
    const Encoding begin = asEncoding(begin_, 0), end = asEncoding(end_, 0),
                   endOfSecond = asEncoding(end_, 1);
    for (std::size_t i = 0; i < parts.size(); ++i)
      surround(parts[i], i == 0 ? &begin : nullptr, i == 0 ? end : endOfSecond);
  }

 private:
  NamedToken begin_, end_;
};

/// <s> A </s> and, for a pair, </s> B </s>; all of type 0.
class Roberta final : public PostProcessor {
 public:
  explicit Roberta(const JsonField& field)
      : begin_(readNamedToken(field, "cls")),
        end_(readNamedToken(field, "sep")),
        offsets_(field.require<bool>("trim_offsets"), field.require<bool>("add_prefix_space")) {}
  std::size_t addedTokens(bool pair) const override { return pair ? 4 : 2; }
  void apply(std::vector<Encoding>& parts, bool addSpecialTokens) const override {
    offsets_.apply(parts, addSpecialTokens);
    const Encoding begin = asEncoding(begin_, 0), end = asEncoding(end_, 0);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      parts[i].typeIds.assign(parts[i].size(), 0);
      if (!addSpecialTokens) continue;
      for (Encoding& piece : parts[i].overflowing) piece.typeIds.assign(piece.size(), 0);
      surround(parts[i], i == 0 ? &begin : &end, end);
    }
  }

 private:
  NamedToken begin_, end_;
  ByteLevel offsets_;
};

class Sequence final : public PostProcessor {
 public:
  explicit Sequence(std::vector<std::unique_ptr<const PostProcessor>> steps)
      : steps_(std::move(steps)) {}
  std::size_t addedTokens(bool pair) const override {
    std::size_t count = 0;
    for (const auto& step : steps_) count += step->addedTokens(pair);
    return count;
  }
  void apply(std::vector<Encoding>& parts, bool addSpecialTokens) const override {
    for (const auto& step : steps_) step->apply(parts, addSpecialTokens);
  }

 private:
  std::vector<std::unique_ptr<const PostProcessor>> steps_;
};

std::unique_ptr<const PostProcessor> readOne(const JsonField& field, int depth) {
  const auto type = field.require<std::string>("type");
  if (type == "TemplateProcessing") return Template::read(field);
  if (type == "BertProcessing") return std::make_unique<Bert>(field);
  if (type == "RobertaProcessing") return std::make_unique<Roberta>(field);
  if (type == "ByteLevel")
    return std::make_unique<ByteLevel>(field.require<bool>("trim_offsets"),
                                       field.require<bool>("add_prefix_space"));
  if (type != "Sequence") unknownType(field, type);
  if (depth > kMaxSectionDepth) throw field.error("is nested too deeply");
  return std::make_unique<Sequence>(readSteps<PostProcessor>(
      field, "processors", [&](const JsonField& step) { return readOne(step, depth + 1); }));
}

}  // namespace

std::unique_ptr<const PostProcessor> readPostProcessor(const JsonField& field) {
  return readOne(field, 0);
}

std::unique_ptr<const PostProcessor> makeBeginEnd(const NamedToken* begin, const NamedToken* end) {
  Template::Specials specials;
  for (const NamedToken* token : {begin, end})
    if (token) specials[token->token] = {{token->id}, {token->token}};
  Template::Pieces single, pair;
  for (int sequence = 0; sequence < 2; ++sequence) {
    if (begin) pair.push_back({-1, begin->token, sequence});
    pair.push_back({sequence, "", sequence});
    if (end) pair.push_back({-1, end->token, sequence});
    if (sequence == 0) single = pair;
  }
  return std::make_unique<Template>(std::move(single), std::move(pair), std::move(specials));
}

}  // namespace orrery::tokenizers
