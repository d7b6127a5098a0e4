#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/json.h"
#include "core/base/rle.h"
#include "core/checkpoint/safetensors.h"
#include "core/pipelines/forecast.h"

namespace orrery::pipelines {

/// text-classification: the labels asked for, the likeliest first.
struct Classification {
  struct Label {
    std::string label;
    double score = 0;
  };
  std::vector<Label> labels;
  /// The reference gives the one label itself, not a list: two texts without top_k.
  bool single = false;
};

/// token-classification: one token, or one group of tokens.
struct Entity {
  std::string label;
  bool grouped = false;  ///< several tokens: "entity_group" instead of "entity"
  double score = 0;
  int index = 0;  ///< which token; of no meaning in a group
  std::string word;
  std::uint32_t start = 0, end = 0;  ///< characters of the text
};

struct Entities {
  std::vector<Entity> list;
  bool nested = false;  ///< the reference gives a list of this one list: for separate words
};

/// fill-mask: one token for a mask.
struct MaskFill {
  double score = 0;
  int token = 0;
  std::string tokenText;
  std::string sequence;  ///< the text with the token in place
};
using MaskFills = std::vector<std::vector<MaskFill>>;  ///< one list for each mask

/// question-answering: a piece of the context.
struct Answer {
  double score = 0;
  std::uint32_t start = 0, end = 0;  ///< characters of the context
  std::string answer;
};

/// feature-extraction and image-feature-extraction: numbers in row-major order.
struct Features {
  std::vector<std::int64_t> shape;  ///< [1, tokens, width], or as the model gives a picture's
  std::vector<float> values;
};

/// text-generation, text2text-generation, image-to-text and image-text-to-text: one answer; `text`
/// unless another member is set.
struct Generated {
  std::string text;
  OrderedJson messages;                 ///< the conversation with its answer; null without one
  std::optional<std::vector<int>> ids;  ///< if return_tensors asked for them
  OrderedJson input{};                  ///< the text or conversation; null where it is not told
};

/// visual-question-answering: one answer.
struct SpokenAnswer {
  std::string answer;
};

/// depth-estimation: a value for each pixel of the picture, rows from the top; what it measures is
/// the model's matter.
struct DepthMap {
  std::int64_t height = 0, width = 0;
  std::vector<float> values;
};

/// object-detection: one thing, the box as left, top, right and bottom in pixels.
struct DetectedObject {
  double score = 0;
  std::string label;
  std::array<float, 4> box{};
};

/// image-segmentation: an area of a class, or one thing.
struct PictureSegment {
  std::optional<double> score{};  ///< nothing in a semantic map
  std::string label;
  RleMask mask;  ///< at the picture's size
  /// The probability that a pixel is of it [rows, columns], at the model's resolution, stretched
  /// over the picture; empty if the model has no such values.
  std::vector<float> values{};
  std::int64_t rows = 0, columns = 0;
};

/// automatic-speech-recognition: what is said.
struct Transcript {
  struct Chunk {
    std::string text;
    std::optional<double> start{}, end{};  ///< seconds; nothing where it is not known
    std::optional<std::string> language{};
  };

  std::string text;
  std::vector<Chunk> chunks{};
  bool withTimes = false, withLanguage = false;  ///< what of the chunks is told; neither: no chunks
  bool byWords = false;                          ///< chunks are words or characters
};

/// text-to-audio and voice-conversion: a sound of one channel.
struct MadeSound {
  std::vector<float> samples;     ///< from -1 to 1
  std::int64_t samplingRate = 0;  ///< samples of a second
};

/// mask-generation: the best first, all at the picture's size.
struct GeneratedMasks {
  std::vector<RleMask> masks;
  std::vector<double> scores;
  std::optional<std::vector<std::array<int, 4>>> boxes;  ///< left, top, right, bottom
  bool withRuns = false;  ///< run lengths as numbers are asked for, too
};

using Result = std::variant<Classification, Entities, MaskFills, std::vector<Answer>, Features,
                            std::vector<Generated>, DepthMap, std::vector<DetectedObject>,
                            std::vector<PictureSegment>, GeneratedMasks, std::vector<SpokenAnswer>,
                            Transcript, Forecast, MadeSound>;

/// The result in the form that transformers' pipeline of the task returns it, masks as RleMask.
/// What is large is put into `apart` if that is given, and the document has its size and name there
/// instead
/// ({"depth": {"size": [height, width], "array": "depth"}}); the arrays refer to `result`.
OrderedJson toJson(const Result& result, checkpoint::NamedTensors* apart = nullptr);

}  // namespace orrery::pipelines
