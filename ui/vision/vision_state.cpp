#include "ui/vision/vision_state.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <tuple>

#include "core/base/error.h"
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

// One map [height, width] of an array.
std::shared_ptr<const MaskValues> maskValues(std::span<const float> values, std::int64_t height,
                                             std::int64_t width) {
  constexpr std::int64_t kMostSide = 1 << 16;
  if (values.empty() || height > kMostSide || width > kMostSide) return nullptr;
  return std::make_shared<MaskValues>(MaskValues{
      static_cast<int>(height), static_cast<int>(width), {values.begin(), values.end()}});
}

void readSegments(const JsonField& list, const std::shared_ptr<const protocol::Arrays>& arrays,
                  VisionResult& result) {
  for (const JsonField& entry : list.elements()) {
    FoundSegment segment{textOf(entry, "label"), {}, readMask(entry["mask"])};
    if (const auto score = entry.find("score")) segment.score = score->as<double>();
    if (const auto values = entry.find("values"); values && arrays) {
      const auto& array = arrays->at(values->require<std::string>("array"), 2);
      segment.values = maskValues(array.values, array.shape[0], array.shape[1]);
    }
    result.segments.push_back(std::move(segment));
  }
}

// SAM's logits as probabilities.
void readLogits(const protocol::Arrays& arrays, std::vector<FoundSegment>& segments) {
  const auto& array = arrays.at("logits", 3);
  if (array.shape[0] != static_cast<std::int64_t>(segments.size()))
    throw Error(ErrorKind::kProtocol, "logits: expected maps of {} masks, found {}",
                segments.size(), array.shape[0]);
  std::vector<float> likely;
  for (const float value : array.values) likely.push_back(1 / (1 + std::exp(-value)));
  const std::size_t size = likely.size() / std::max<std::size_t>(segments.size(), 1);
  for (std::size_t i = 0; i < segments.size(); ++i)
    segments[i].values =
        maskValues({likely.data() + i * size, size}, array.shape[1], array.shape[2]);
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

// The least and the greatest of the finite values; 0 and 0 if there is none.
std::pair<float, float> rangeOf(const std::vector<float>& values) {
  float lowest = std::numeric_limits<float>::infinity();
  float highest = -lowest;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    lowest = std::min(lowest, value);
    highest = std::max(highest, value);
  }
  return lowest > highest ? std::pair(0.0F, 0.0F) : std::pair(lowest, highest);
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
  std::tie(depth->lowest, depth->highest) = rangeOf(depth->values);
  result.depth = std::move(depth);
}

// Numbers in lists in lists, all lists of one depth of one length; false for anything else.
bool readNested(const Json& list, std::size_t axis, Embedding& embedding) {
  const auto count = static_cast<std::int64_t>(list.size());
  if (axis == embedding.shape.size()) embedding.shape.push_back(count);
  if (embedding.shape[axis] != count) return false;
  for (const Json& element : list) {
    if (element.is_array() && readNested(element, axis + 1, embedding)) continue;
    if (!element.is_number() || axis + 1 != embedding.shape.size()) return false;
    embedding.values.push_back(element.get<float>());
  }
  return true;
}

void readEmbedding(const JsonField& document, VisionResult& result) {
  auto embedding = std::make_shared<Embedding>();
  if (!document.json().is_array() || !readNested(document.json(), 0, *embedding) ||
      embedding->values.empty())
    throw document.error("expected numbers in lists of equal length");
  std::tie(embedding->lowest, embedding->highest) = rangeOf(embedding->values);
  result.embedding = std::move(embedding);
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

QStringList classesOf(const VisionResult& first, const VisionResult& second) {
  QStringList names = first.classes();
  for (const QString& name : second.classes())
    if (!names.contains(name)) names += name;
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
    readSegments(root, arrays, result);
  else if (task == QLatin1String("mask-generation") || task == QLatin1String(kPointTask))
    readMasks(root, result);
  else if (task == QLatin1String("depth-estimation"))
    readDepth(root, arrays, result);
  else if (task == QLatin1String(kEmbeddingTask))
    readEmbedding(root, result);
  else
    readLabels(root, result);
  if (task == QLatin1String(kPointTask) && arrays) readLogits(*arrays, result.segments);
  return result;
}

bool VisionResult::hasMaskValues() const {
  return std::ranges::any_of(segments, [](const FoundSegment& s) { return s.values != nullptr; });
}

std::vector<RleMask> cutMasks(const VisionResult& result, double cut, int height, int width) {
  std::vector<RleMask> masks;
  for (const FoundSegment& segment : result.segments)
    masks.push_back(segment.values ? cutMask(*segment.values, cut, height, width) : segment.mask);
  return masks;
}

std::vector<RleMask> givenMasks(const VisionResult& result) {
  std::vector<RleMask> masks;
  if (!result.segments.empty())
    for (FoundSegment& segment : readVisionResult(result.task, result.document, {}).segments)
      masks.push_back(std::move(segment.mask));
  return masks;
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
  static const QStringList kEncoders{
      "vit",          "deit",      "beit",      "convnext",     "convnextv2",   "resnet",
      "regnet",       "swin",      "swinv2",    "dinov2",       "mobilenet_v1", "mobilenet_v2",
      "efficientnet", "mobilevit", "segformer", "timm_wrapper", "bit"};
  QStringList all;
  const auto add = [&](const QStringList& tasks) {
    for (const QString& task : tasks)
      if (!all.contains(task)) all += task;
  };
  const bool known = !architecture.isEmpty() || !modelType.isEmpty();
  for (const auto& [part, tasks] : architectureTasks())
    if (!known || architecture.contains(QLatin1String(part))) add(tasks);
  if (modelType == QLatin1String("timm_wrapper")) add({QStringLiteral("image-classification")});
  if (!known || kEncoders.contains(modelType)) add({QString::fromLatin1(kEmbeddingTask)});
  return all;
}

bool looksAtPictures(const protocol::ModelEntry& model) {
  const auto architecture = QString::fromStdString(model.architecture);
  const auto type = QString::fromStdString(model.modelType);
  return !(architecture.isEmpty() && type.isEmpty()) && !visionTasks(architecture, type).isEmpty();
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
      {kEmbeddingTask, QCoreApplication::translate("VisionState", "Embedding")},
      {kPointTask, QCoreApplication::translate("VisionState", "Point and cut out")}};
  for (const auto& [name, title] : titles)
    if (task == QLatin1String(name)) return title;
  return task;
}

}  // namespace orrery::ui
