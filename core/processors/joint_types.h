#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/processors/image_processor.h"
#include "core/tokenizers/tokenizer.h"

namespace orrery::processors {

/// What a type's tokens for pictures are made with, from its files.
struct JointSettings {
  std::string imageToken;            ///< empty: texts have no places for pictures
  std::string fakeToken, globalTag;  ///< Idefics3, SmolVLM: around a tile, before the whole picture
  std::string bosToken;              ///< PaliGemma: behind the pictures
  int patchSize = 0;                 ///< Llava
  int additionalTokens = 0;          ///< Llava: features besides those of patches
  bool dropsFirst = false;           ///< Llava: one feature is left out
  int imageLength = 0;               ///< features of a picture or tile; 0: not said (Blip2)
  int mergeSize = 1;                 ///< Qwen2VL: rows and columns of patches that become one
};

/// Where the tokens of pictures go.
enum class Placement {
  kNone,      ///< the text has none
  kInFront,   ///< before the text and its special tokens
  kInPlace,   ///< each instead of the placeholder
  kPrefixed,  ///< the same, and then the text between a begin token and a line end
};

/// Whether a model is given token_type_ids.
enum class TypeIds { kAsTokenizer, kAlways, kNever };

/// One type of joint processor: how it differs from the others.
struct JointRow {
  std::string_view name;       ///< transformers' class
  std::string_view modelType;  ///< of models whose files name no class
  Placement placement;
  std::string_view imageToken = "<image>";  ///< the placeholder, where the tokenizer names none
  std::string_view imageFields = "{}";  ///< JSON that counts more than the image processor's file
  int textLength = 0;                   ///< every text is cut and filled up to this; 0: as it comes
  TypeIds typeIds = TypeIds::kAsTokenizer;
  bool pictureTypeIds = false;  ///< mm_token_type_ids, 1 for tokens of pictures
  /// Reads what the type has of JointSettings; null for kNone.
  void (*read)(const JsonField& processor, const JsonField& image,
               const tokenizers::Tokenizer& tokenizer, JointSettings& settings) = nullptr;
  /// The text that stands for picture `index`; null for kNone.
  std::string (*expand)(const JointSettings& settings, const Features& pictures,
                        std::size_t index) = nullptr;
};

/// The row of a class, or of a model type; null if there is none.
const JointRow* findJointRow(std::string_view name);
const JointRow* jointRowForModel(std::string_view modelType);
/// The classes there are, for errors.
std::string jointTypeNames();

}  // namespace orrery::processors
