#include "ui/vision/vision_state.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/protocol/fields.h"

namespace orrery::ui {
namespace {

QString textOf(const JsonField& entry, const char* name) {
  return QString::fromStdString(entry.require<std::string>(name));
}

void readLabels(const JsonField& list, VisionResult& result) {
  for (const JsonField& entry : list.elements())
    result.labels.push_back({textOf(entry, "label"), entry.require<double>("score")});
}

void readBoxes(const JsonField& list, VisionResult& result) {
  for (const JsonField& entry : list.elements()) {
    const JsonField box = entry["box"];
    const QPointF from(box.require<double>("xmin"), box.require<double>("ymin"));
    const QPointF to(box.require<double>("xmax"), box.require<double>("ymax"));
    result.boxes.push_back(
        {textOf(entry, "label"), entry.require<double>("score"), QRectF(from, to)});
  }
}

RleMask readMask(const JsonField& field) {
  RleMask mask;
  protocol::fromJson(field, mask);
  return mask;
}

void readSegments(const JsonField& list, VisionResult& result) {
  for (const JsonField& entry : list.elements()) {
    FoundSegment segment{textOf(entry, "label"), {}, readMask(entry["mask"])};
    if (const auto score = entry.find("score")) segment.score = score->as<double>();
    result.segments.push_back(std::move(segment));
  }
}

void readMasks(const JsonField& document, VisionResult& result) {
  const auto masks = document["masks"].elements();
  const auto scores = document.require<std::vector<double>>("scores");
  if (scores.size() != masks.size())
    throw document.error(fmt::format("expected {} scores, found {}", masks.size(), scores.size()));
  for (std::size_t i = 0; i < masks.size(); ++i)
    result.segments.push_back({QCoreApplication::translate("VisionState", "mask %1").arg(i + 1),
                               scores[i], readMask(masks[i])});
}

void readDepth(const JsonField& document, const std::shared_ptr<const protocol::Arrays>& arrays,
               VisionResult& result) {
  const JsonField field = document["depth"];
  if (!arrays) throw field.error("expected arrays beside the answer, found none");
  const auto& array = arrays->at(field.require<std::string>("array"), 2);
  auto depth = std::make_shared<DepthMap>();
  if (field.require<std::vector<std::int64_t>>("size") != array.shape)
    throw field.error("size is not that of the array");
  if (array.values.empty() || array.shape[0] > std::numeric_limits<int>::max() ||
      array.shape[1] > std::numeric_limits<int>::max())
    throw field.error("expected a map with pixels");
  depth->height = static_cast<int>(array.shape[0]);
  depth->width = static_cast<int>(array.shape[1]);
  depth->values = array.values;
  depth->lowest = std::numeric_limits<float>::infinity();
  depth->highest = -depth->lowest;
  for (const float value : depth->values) {
    if (!std::isfinite(value)) continue;
    depth->lowest = std::min(depth->lowest, value);
    depth->highest = std::max(depth->highest, value);
  }
  if (depth->lowest > depth->highest) depth->lowest = depth->highest = 0;
  result.depth = std::move(depth);
}

struct ArchitectureTasks {
  const char* part;  ///< of the architecture's name
  QStringList tasks;
};

const std::vector<ArchitectureTasks>& architectureTasks() {
  static const std::vector<ArchitectureTasks> table{
      {"ForImageClassification", {"image-classification"}},
      {"ForObjectDetection", {"object-detection"}},
      {"ForSemanticSegmentation", {"image-segmentation"}},
      {"ForInstanceSegmentation", {"image-segmentation"}},
      {"ForUniversalSegmentation", {"image-segmentation"}},
      {"ForSegmentation", {"image-segmentation"}},
      {"ForDepthEstimation", {"depth-estimation"}},
      {"SamModel", {kPointTask, "mask-generation"}},
      {"Sam2Model", {kPointTask, "mask-generation"}},
      {"CLIPModel", {"zero-shot-image-classification"}},
      {"SiglipModel", {"zero-shot-image-classification"}},
      {"Siglip2Model", {"zero-shot-image-classification"}},
  };
  return table;
}

}  // namespace

QStringList VisionResult::classes() const {
  QStringList names;
  const auto add = [&](const auto& list) {
    for (const auto& found : list)
      if (!names.contains(found.label)) names += found.label;
  };
  add(labels);
  add(boxes);
  add(segments);
  return names;
}

VisionResult readVisionResult(const QString& task, const Json& document,
                              const std::shared_ptr<const protocol::Arrays>& arrays) {
  VisionResult result;
  result.task = task;
  result.document = document;
  const JsonField root(result.document, task.toStdString());
  if (task == QLatin1String("object-detection"))
    readBoxes(root, result);
  else if (task == QLatin1String("image-segmentation"))
    readSegments(root, result);
  else if (task == QLatin1String("mask-generation") || task == QLatin1String(kPointTask))
    readMasks(root, result);
  else if (task == QLatin1String("depth-estimation"))
    readDepth(root, arrays, result);
  else
    readLabels(root, result);
  return result;
}

void PromptHistory::push(SegmentPrompt prompt) {
  if (prompt == current()) return;
  steps_.resize(at_ + 1);
  steps_.push_back(std::move(prompt));
  if (steps_.size() > kSteps + 1) steps_.erase(steps_.begin());
  at_ = steps_.size() - 1;
}

bool PromptHistory::undo() {
  if (!canUndo()) return false;
  --at_;
  return true;
}

bool PromptHistory::redo() {
  if (!canRedo()) return false;
  ++at_;
  return true;
}

QStringList visionTasks(const QString& architecture, const QString& modelType) {
  QStringList all;
  for (const auto& [part, tasks] : architectureTasks()) {
    if (architecture.contains(QLatin1String(part))) return tasks;
    for (const QString& task : tasks)
      if (!all.contains(task)) all += task;
  }
  if (modelType == QLatin1String("timm")) return {QStringLiteral("image-classification")};
  return architecture.isEmpty() ? all : QStringList();
}

QString visionTaskTitle(const QString& task) {
  const std::pair<const char*, QString> titles[] = {
      {"image-classification", QCoreApplication::translate("VisionState", "Labels")},
      {"zero-shot-image-classification",
       QCoreApplication::translate("VisionState", "Labels of your own")},
      {"object-detection", QCoreApplication::translate("VisionState", "Objects")},
      {"image-segmentation", QCoreApplication::translate("VisionState", "Segments")},
      {"depth-estimation", QCoreApplication::translate("VisionState", "Depth")},
      {"mask-generation", QCoreApplication::translate("VisionState", "Masks of everything")},
      {kPointTask, QCoreApplication::translate("VisionState", "Point and cut out")}};
  for (const auto& [name, title] : titles)
    if (task == QLatin1String(name)) return title;
  return task;
}

}  // namespace orrery::ui
