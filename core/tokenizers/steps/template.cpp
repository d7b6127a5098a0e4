#include "core/tokenizers/steps/template.h"

#include "core/tokenizers/steps/reading.h"

namespace orrery::tokenizers {
namespace {

TokenId readId(const JsonField& field) {
  const int id = field.as<int>();
  if (id < 0) throw field.error(fmt::format("expected a token id, found {}", id));
  return id;
}

Template::Specials readSpecials(const JsonField& field) {
  Template::Specials specials;
  if (!field.json().is_object())
    throw field.error(fmt::format("expected an object, found {}", jsonExcerpt(field.json())));
  for (const auto& [name, value] : field.json().items()) {
    const JsonField entry = field[name];
    Template::Special special;
    for (const JsonField& id : entry["ids"].elements()) special.ids.push_back(readId(id));
    special.tokens = entry.require<std::vector<std::string>>("tokens");
    if (special.ids.size() != special.tokens.size())
      throw entry.error(
          fmt::format("has {} ids, but {} tokens", special.ids.size(), special.tokens.size()));
    specials.emplace(name, std::move(special));
  }
  return specials;
}

Template::Piece readPiece(const JsonField& field, bool pair, const Template::Specials& specials) {
  Template::Piece piece;
  const auto sequence = field.find("Sequence");
  const JsonField body = sequence ? *sequence : field["SpecialToken"];
  piece.typeId = static_cast<std::int32_t>(readCount(body, "type_id"));
  const auto id = body.require<std::string>("id");
  if (!sequence) {
    if (!specials.contains(id))
      throw body["id"].error(fmt::format("{} is not in special_tokens", orrery::quoted(id)));
    piece.special = id;
    return piece;
  }
  if (id != "A" && id != "B")
    throw body["id"].error(fmt::format("expected A or B, found {}", orrery::quoted(id)));
  if (id == "B" && !pair) throw body["id"].error("a single text has no B");
  piece.sequence = id == "B";
  return piece;
}

}  // namespace

Encoding specialEncoding(const std::vector<TokenId>& ids, const std::vector<std::string>& tokens,
                         std::int32_t typeId) {
  Encoding encoding;
  encoding.ids = ids;
  encoding.tokens = tokens;
  encoding.offsets.assign(ids.size(), {});
  encoding.typeIds.assign(ids.size(), typeId);
  encoding.attentionMask.assign(ids.size(), 1);
  encoding.specialTokensMask.assign(ids.size(), 1);
  encoding.words.assign(ids.size(), -1);
  encoding.sequenceIds.assign(ids.size(), -1);
  return encoding;
}

Template::Template(Pieces single, Pieces pair, Specials specials)
    : single_(std::move(single)), pair_(std::move(pair)), specials_(std::move(specials)) {}

std::unique_ptr<const Template> Template::read(const JsonField& field) {
  Specials specials = readSpecials(field["special_tokens"]);
  Pieces single, pair;
  for (const JsonField& piece : field["single"].elements())
    single.push_back(readPiece(piece, false, specials));
  for (const JsonField& piece : field["pair"].elements())
    pair.push_back(readPiece(piece, true, specials));
  return std::make_unique<Template>(std::move(single), std::move(pair), std::move(specials));
}

std::size_t Template::addedTokens(bool pair) const {
  std::size_t count = 0;
  for (const Piece& piece : pair ? pair_ : single_)
    if (piece.sequence < 0) count += specials_.find(piece.special)->second.ids.size();
  return count;
}

void Template::apply(std::vector<Encoding>& parts, bool addSpecialTokens) const {
  if (parts.empty() || parts.size() > 2)
    throw Error(ErrorKind::kUnsupported,
                "post_processor: a template after one that already joined the texts");
  std::vector<Encoding> result;
  for (const Piece& piece : parts.size() == 2 ? pair_ : single_) {
    if (piece.sequence >= 0) {
      Encoding text = parts[static_cast<std::size_t>(piece.sequence)];
      text.typeIds.assign(text.size(), piece.typeId);
      result.push_back(std::move(text));
    } else if (addSpecialTokens) {
      const Special& special = specials_.find(piece.special)->second;
      result.push_back(specialEncoding(special.ids, special.tokens, piece.typeId));
    }
  }
  parts = std::move(result);
}

}  // namespace orrery::tokenizers
