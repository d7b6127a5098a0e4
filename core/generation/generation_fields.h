#pragma once

#include <limits>
#include <span>
#include <string_view>
#include <variant>

#include "core/generation/generation_config.h"

namespace orrery::generation {

/// What a form needs to know to edit a field.
enum class FieldType {
  kBoolean,
  kInteger,
  kNumber,
  kTokenId,         ///< one id
  kTokenIds,        ///< an id or a list of ids
  kTokenSequences,  ///< a list of lists of ids
  kSequenceBias,    ///< a list of [ids, number]
  kDecayPenalty,    ///< [start, factor]
  kStrings,         ///< a string or a list of strings
  kEarlyStopping,   ///< true, false or "never"
};

/// Numbers a field takes; the ends belong to it unless they are open.
struct FieldRange {
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  bool minimumOpen = false;
  bool maximumOpen = false;

  bool contains(double value) const;
};

using FieldMember = std::variant<
    bool GenerationConfig::*, int GenerationConfig::*, std::optional<int> GenerationConfig::*,
    double GenerationConfig::*, std::optional<double> GenerationConfig::*,
    std::vector<TokenId> GenerationConfig::*, std::vector<std::vector<TokenId>> GenerationConfig::*,
    std::vector<SequenceBias> GenerationConfig::*, std::optional<DecayPenalty> GenerationConfig::*,
    std::vector<std::string> GenerationConfig::*, EarlyStopping GenerationConfig::*>;

/// One row of the table that feeds JSON, --set, validation and the window's Decoding dock.
struct FieldInfo {
  std::string_view name;  ///< as in generation_config.json
  std::string_view
      group;  ///< "length", "strategy", "sampling", "repetition", "tokens", "special tokens"
  FieldType type;
  FieldMember member;
  FieldRange range;
  std::string_view description;  ///< one sentence
};

/// All supported fields, group by group.
std::span<const FieldInfo> generationFields();

/// The field of that name, or nullptr.
const FieldInfo* findField(std::string_view name);

/// Sets `field` of `config`; errors name the value's field, what was found and what was expected.
void assignField(GenerationConfig& config, const FieldInfo& field, const JsonField& value);

/// The value of `field`; null where it is unset.
Json fieldValue(const GenerationConfig& config, const FieldInfo& field);

/// The table as a list of objects: name, group, type, minimum, maximum, minimum_open, maximum_open,
/// default, description.
Json generationFieldsJson();

/// A field that a generation_config.json may have and that Orrery does not act on.
struct OtherField {
  enum class Kind {
    kNoEffect,  ///< changes no answer here, whatever it holds
    kRefused,   ///< changes answers, unless it has one of the neutral values
  };
  std::string_view name;
  Kind kind;
  std::vector<Json> neutral;      ///< the first is transformers' default
  std::string_view feature = {};  ///< what it belongs to, for the refusal; empty: the field itself

  /// Whether `value` may be left out of account.
  bool isNeutral(const Json& value) const;
};

/// The row of that name, or nullptr for a field that transformers does not know.
const OtherField* findOtherField(std::string_view name);

}  // namespace orrery::generation
