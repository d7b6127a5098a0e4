// libsentencepiece gives no access to the trainer's and the normalizer's settings, so the file is
// read here. A protocol buffer is a list of fields: a key (number and wire type), then a value.

#include "core/tokenizers/formats/sentencepiece_model.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace orrery::tokenizers {
namespace {

/// How the value of a field is written.
enum class Wire { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

struct Field {
  std::uint64_t number = 0;
  Wire wire = Wire::kVarint;
  std::uint64_t integer = 0;  ///< kVarint, kFixed64, kFixed32
  std::string_view bytes{};   ///< kBytes
};

/// The fields of a message, one after another.
class MessageReader {
 public:
  explicit MessageReader(std::string_view rest) : rest_(rest) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t key = varint();
    field = {key >> 3, static_cast<Wire>(key & 7)};
    if (field.number == 0) throw Error(ErrorKind::kInvalidInput, "a field has the number 0");
    if (field.wire == Wire::kVarint) {
      field.integer = varint();
    } else if (field.wire == Wire::kBytes) {
      field.bytes = take(varint());
    } else if (field.wire == Wire::kFixed32) {
      field.integer = fixed<std::uint32_t>();
    } else if (field.wire == Wire::kFixed64) {
      field.integer = fixed<std::uint64_t>();
    } else {
      throw Error(ErrorKind::kInvalidInput, "field {} has the wire type {}, expected 0, 1, 2 or 5",
                  field.number, key & 7);
    }
    return true;
  }

 private:
  std::string_view take(std::uint64_t size) {
    if (size > rest_.size())
      throw Error(ErrorKind::kInvalidInput, "is cut short: {} bytes needed, {} left", size,
                  rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  template <class T>
  T fixed() {
    static_assert(std::endian::native == std::endian::little);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= std::uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    throw Error(ErrorKind::kInvalidInput, "a number has more than 10 bytes");
  }

  std::string_view rest_;
};

void expectWire(const Field& field, Wire wire) {
  if (field.wire != wire)
    throw Error(ErrorKind::kInvalidInput, "has the wire type {}, expected {}",
                static_cast<int>(field.wire), static_cast<int>(wire));
}

// Each reads the value of a field; `name` for errors.

std::string_view bytesOf(const Field& field, std::string_view name) {
  return withContext(name, [&] {
    expectWire(field, Wire::kBytes);
    return field.bytes;
  });
}

std::string textOf(const Field& field, std::string_view name) {
  const std::string_view text = bytesOf(field, name);
  if (utf8::firstInvalid(text) != text.npos)
    throw Error(ErrorKind::kInvalidInput, "{} is not UTF-8", orrery::quoted(text)).in(name);
  return std::string(text);
}

std::int64_t integerOf(const Field& field, std::string_view name) {
  return withContext(name, [&] {
    expectWire(field, Wire::kVarint);
    return static_cast<std::int64_t>(field.integer);
  });
}

/// An enum whose values are 1 to `last`.
template <class Enum>
Enum enumOf(const Field& field, std::string_view name, Enum last) {
  const std::int64_t value = integerOf(field, name);
  if (value < 1 || value > static_cast<std::int64_t>(last))
    throw Error(ErrorKind::kInvalidInput, "is {}, expected 1 to {}", value, static_cast<int>(last))
        .in(name);
  return static_cast<Enum>(value);
}

float scoreOf(const Field& field) {
  return withContext("score", [&] {
    expectWire(field, Wire::kFixed32);
    const auto score = std::bit_cast<float>(static_cast<std::uint32_t>(field.integer));
    if (!std::isfinite(score))
      throw Error(ErrorKind::kInvalidInput, "is {}, expected a finite number", score);
    return score;
  });
}

SentencePieceModel::Piece readPiece(std::string_view bytes) {
  SentencePieceModel::Piece piece;
  MessageReader message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 1) piece.text = textOf(field, "piece");
    if (field.number == 2) piece.score = scoreOf(field);
    if (field.number == 3) piece.type = enumOf(field, "type", checkpoint::TokenType::kByte);
  }
  return piece;
}

void readTrainer(std::string_view bytes, SentencePieceModel& model) {
  MessageReader message(bytes);
  for (Field field; message.next(field);) {
    switch (field.number) {
      case 3:
        model.algorithm = enumOf(field, "model_type", SentencePieceModel::Algorithm::kChar);
        break;
      case 35:
        model.byteFallback = integerOf(field, "byte_fallback") != 0;
        break;
      case 40:
        model.unknownId = integerOf(field, "unk_id");
        break;
      case 41:
        model.bosId = integerOf(field, "bos_id");
        break;
      case 42:
        model.eosId = integerOf(field, "eos_id");
        break;
      case 45:
        model.unknownPiece = textOf(field, "unk_piece");
        break;
      case 46:
        model.bosPiece = textOf(field, "bos_piece");
        break;
      case 47:
        model.eosPiece = textOf(field, "eos_piece");
        break;
      default:
        break;
    }
  }
}

void readNormalizer(std::string_view bytes, SentencePieceModel& model) {
  MessageReader message(bytes);
  for (Field field; message.next(field);)
    if (field.number == 2) model.charsMap = bytesOf(field, "precompiled_charsmap");
}

}  // namespace

SentencePieceModel readSentencePieceModel(std::string_view bytes) {
  SentencePieceModel model;
  MessageReader message(bytes);
  for (Field field; message.next(field);) {
    if (field.number == 1) {
      const std::string name = fmt::format("pieces[{}]", model.pieces.size());
      const std::string_view piece = bytesOf(field, name);
      model.pieces.push_back(withContext(name, [&] { return readPiece(piece); }));
    } else if (field.number == 2) {
      const std::string_view trainer = bytesOf(field, "trainer_spec");
      withContext("trainer_spec", [&] { readTrainer(trainer, model); });
    } else if (field.number == 3) {
      const std::string_view normalizer = bytesOf(field, "normalizer_spec");
      withContext("normalizer_spec", [&] { readNormalizer(normalizer, model); });
    }
  }
  if (model.pieces.empty())
    throw Error(ErrorKind::kInvalidInput, "pieces: none found, expected a sentencepiece model");
  return model;
}

}  // namespace orrery::tokenizers
