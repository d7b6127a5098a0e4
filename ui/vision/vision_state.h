#pragma once

#include <QPointF>
#include <QRectF>
#include <QSize>
#include <QString>
#include <QStringList>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "core/base/json.h"
#include "core/base/rle.h"
#include "core/protocol/arrays.h"
#include "core/protocol/library.h"
#include "ui/vision/mask_values.h"

namespace orrery::ui {

struct LabelScore {
  QString label;
  double score = 0;
  bool operator==(const LabelScore&) const = default;
};

/// A detection; the box is in pixels of the picture.
struct FoundBox {
  QString label;
  double score = 0;
  QRectF box;
  bool operator==(const FoundBox&) const = default;
};

struct FoundSegment {
  QString label;
  std::optional<double> score;
  RleMask mask;
  std::shared_ptr<const MaskValues> values = {};  ///< what it was cut from; null if not told
};

struct DepthMap {
  int height = 0;
  int width = 0;
  std::vector<float> values;  ///< row by row
  float lowest = 0;           ///< of the finite ones
  float highest = 0;
};

/// What a model makes of a picture in its last layer.
struct Embedding {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< row by row
  float lowest = 0;           ///< of the finite ones
  float highest = 0;
};

/// What a task found in a picture. At most one of the lists is filled.
struct VisionResult {
  QString task;
  QString model;
  QString picture;  ///< file
  Json document;    ///< as the engine answered
  std::vector<LabelScore> labels;
  std::vector<FoundBox> boxes;
  std::vector<FoundSegment> segments;
  std::shared_ptr<const DepthMap> depth;
  std::shared_ptr<const Embedding> embedding;
  double loadSeconds = 0;
  double runSeconds = 0;
  QStringList palette;  ///< classes in the order of their colours; empty: as in classes()

  /// Whether its masks can be cut anew.
  bool hasMaskValues() const;
  bool empty() const {
    return labels.empty() && boxes.empty() && segments.empty() && !depth && !embedding;
  }
  /// The labels that occur, in order of their first appearance.
  QStringList classes() const;
};

/// The classes of both, those of the first first.
QStringList classesOf(const VisionResult& first, const VisionResult& second);

/// Reads the answer of pipeline/run for `task`. Throws an Error that names the field.
VisionResult readVisionResult(const QString& task, const Json& document,
                              const std::shared_ptr<const protocol::Arrays>& arrays);

/// What a person pointed at, in pixels of the picture.
struct SegmentPrompt {
  struct Point {
    QPointF at;
    bool positive = true;
    bool operator==(const Point&) const = default;
  };
  std::vector<Point> points;
  std::optional<QRectF> box;

  bool empty() const { return points.empty() && !box; }
  bool operator==(const SegmentPrompt&) const = default;
};

/// The prompts of a picture with 100 steps back and forth. Lives in the window: no engine's end
/// touches it.
class PromptHistory {
 public:
  static constexpr std::size_t kSteps = 100;

  const SegmentPrompt& current() const { return steps_[at_]; }
  /// Takes a step; what was undone is forgotten.
  void push(SegmentPrompt prompt);
  bool undo();
  bool redo();
  bool canUndo() const { return at_ > 0; }
  bool canRedo() const { return at_ + 1 < steps_.size(); }

 private:
  std::vector<SegmentPrompt> steps_{{}};
  std::size_t at_ = 0;
};

/// Where models cut their masks themselves.
inline constexpr double kGivenCut = 0.5;

/// The masks of a result, cut at `cut` at that size where their values are known.
std::vector<RleMask> cutMasks(const VisionResult& result, double cut, int height, int width);
/// The masks as the model cut them.
std::vector<RleMask> givenMasks(const VisionResult& result);

/// All that the panel shows. A plain value; what fields() lists survives a restart.
struct VisionState {
  std::string picture;  ///< file
  std::string folder;   ///< whose pictures are listed; empty: none
  std::string model;
  std::string task;
  std::string subtask = "semantic";                  ///< of image-segmentation
  std::string candidates = "person, dog, cat, car";  ///< of zero-shot tasks
  double threshold = 0.5;
  double cut = kGivenCut;  ///< the least likely pixels that masks have
  double opacity = 0.6;
  bool outline = false;
  std::set<QString> hidden;  ///< classes
  VisionResult result;
  PromptHistory prompts;
  bool comparing = false;  ///< with what a second model finds
  std::string otherModel;
  VisionResult otherResult;
  double wipe = 0.5;  ///< part of the picture's width that shows the first result

  static void fields(auto& f, auto& self) {
    f.optional("picture", self.picture);
    f.optional("folder", self.folder);
    f.optional("model", self.model);
    f.optional("task", self.task);
    f.optional("subtask", self.subtask);
    f.optional("candidates", self.candidates);
    f.optional("threshold", self.threshold);
    f.optional("opacity", self.opacity);
    f.optional("outline", self.outline);
    f.optional("comparing", self.comparing);
    f.optional("other_model", self.otherModel);
    f.optional("wipe", self.wipe);
  }

  /// Whether a segment or box is to be seen: its class shown and its score, if it has one, not
  /// below the threshold.
  bool shows(const QString& label, std::optional<double> score) const {
    return !hidden.contains(label) && (!score || *score >= threshold);
  }
};

/// Pointing at things is a way to use a model of SAM's kind, beside the tasks of pipelines.
inline constexpr auto kPointTask = "point-and-segment";

/// The task that gives numbers instead of words; most models of pictures have it.
inline constexpr auto kEmbeddingTask = "image-feature-extraction";

/// The tasks that a model's architecture and type stand for; all of them if neither is known.
QStringList visionTasks(const QString& architecture, const QString& modelType);
/// Whether a model of the library is one for the vision panel.
bool looksAtPictures(const protocol::ModelEntry& model);
/// A task in words.
QString visionTaskTitle(const QString& task);

}  // namespace orrery::ui
