#include "ui/vision/vision_export.h"

#include <QFileInfo>
#include <QPainter>
#include <algorithm>
#include <cmath>

#include "core/protocol/fields.h"
#include "ui/vision/mask_polygons.h"
#include "ui/vision/vision_look.h"

namespace orrery::ui {
namespace {

constexpr int kIndent = 1;
constexpr int kPicture = 1;  // its id in the document

QByteArray textOf(const OrderedJson& json) {
  return QByteArray::fromStdString(json.dump(kIndent, ' ', false, Json::error_handler_t::replace));
}

OrderedJson polygonsOf(const RleMask& mask) {
  OrderedJson list = OrderedJson::array();
  for (const auto& polygon : maskPolygons(mask)) {
    OrderedJson corners = OrderedJson::array();
    for (const QPoint corner : polygon) {
      corners.push_back(corner.x());
      corners.push_back(corner.y());
    }
    list.push_back(std::move(corners));
  }
  return list;
}

OrderedJson annotationOf(const FoundSegment& segment, CocoMasks masks) {
  const bool polygons = masks == CocoMasks::kPolygons;
  return {{"segmentation",
           polygons ? polygonsOf(segment.mask) : OrderedJson(protocol::toJson(segment.mask))},
          {"area", rleArea(segment.mask)},
          {"bbox", rleBox(segment.mask)},
          {"iscrowd", polygons ? 0 : 1}};
}

OrderedJson annotationOf(const FoundBox& found) {
  const QRectF& box = found.box;
  return {{"bbox", {box.x(), box.y(), box.width(), box.height()}},
          {"area", box.width() * box.height()},
          {"iscrowd", 0}};
}

// As the command line writes it: the engine sends depth apart.
OrderedJson resultOf(const VisionResult& result) {
  if (!result.depth) return OrderedJson(result.document);
  const DepthMap& depth = *result.depth;
  OrderedJson rows = OrderedJson::array();
  for (auto row = depth.values.begin(); row != depth.values.end(); row += depth.width)
    rows.push_back(std::vector<float>(row, row + depth.width));
  return {{"predicted_depth", std::move(rows)}};
}

}  // namespace

QByteArray resultDocument(const VisionState& state, QSize size) {
  return textOf({{"picture", state.result.picture.toStdString()},
                 {"size", {size.height(), size.width()}},
                 {"model", state.result.model.toStdString()},
                 {"task", state.result.task.toStdString()},
                 {"result", resultOf(state.result)}});
}

QByteArray cocoDocument(const VisionState& state, QSize size, CocoMasks masks) {
  const VisionResult& result = state.result;
  const QStringList classes = result.classes();
  OrderedJson categories = OrderedJson::array();
  for (qsizetype i = 0; i < classes.size(); ++i)
    categories.push_back({{"id", i + 1}, {"name", classes[i].toStdString()}});
  OrderedJson annotations = OrderedJson::array();
  const auto add = [&](OrderedJson annotation, const QString& label, std::optional<double> score) {
    annotation["id"] = annotations.size() + 1;
    annotation["image_id"] = kPicture;
    annotation["category_id"] = classes.indexOf(label) + 1;
    if (score) annotation["score"] = *score;
    annotations.push_back(std::move(annotation));
  };
  for (const FoundBox& box : result.boxes)
    if (state.shows(box.label, box.score)) add(annotationOf(box), box.label, box.score);
  for (std::size_t i = 0; i < result.segments.size(); ++i)
    if (seenSegment(state, state.result, {static_cast<int>(i)}) >= 0)
      add(annotationOf(result.segments[i], masks), result.segments[i].label,
          result.segments[i].score);
  const std::string name = QFileInfo(result.picture).fileName().toStdString();
  return textOf({{"images",
                  {{{"id", kPicture},
                    {"file_name", name},
                    {"width", size.width()},
                    {"height", size.height()}}}},
                 {"categories", std::move(categories)},
                 {"annotations", std::move(annotations)}});
}

QImage overlayImage(const Picture& picture, const IndexLayer* layer, const VisionState& state) {
  QImage image = picture.levels.front().convertToFormat(QImage::Format_ARGB32_Premultiplied);
  QPainter painter(&image);
  if (layer) painter.drawImage(0, 0, layer->rendered());
  paintBoxes(painter, shownBoxes(state, state.result), {}, image.size());
  return image;
}

QImage depthImage(const DepthMap& depth) {
  QImage image(depth.width, depth.height, QImage::Format_Grayscale16);
  const float range = depth.highest > depth.lowest ? depth.highest - depth.lowest : 1;
  const float* value = depth.values.data();
  for (int y = 0; y < image.height(); ++y) {
    auto* line = reinterpret_cast<quint16*>(image.scanLine(y));
    for (int x = 0; x < image.width(); ++x, ++value)
      line[x] = std::isfinite(*value)
                    ? static_cast<quint16>(std::lround(65535 * ((*value - depth.lowest) / range)))
                    : quint16{0};
  }
  return image;
}

QImage indexImage(const MaskMap& masks, const VisionState& state) {
  std::vector<int> numbers;
  for (const auto& set : masks.sets) numbers.push_back(seenSegment(state, state.result, set) + 1);
  const bool wide = state.result.segments.size() > 255;
  QImage image(masks.map.width, masks.map.height,
               wide ? QImage::Format_Grayscale16 : QImage::Format_Grayscale8);
  for (int y = 0; y < image.height(); ++y)
    for (int x = 0; x < image.width(); ++x) {
      const int number = numbers[masks.map.at(x, y)];
      if (wide)
        reinterpret_cast<quint16*>(image.scanLine(y))[x] = static_cast<quint16>(number);
      else
        image.scanLine(y)[x] = static_cast<uchar>(number);
    }
  return image;
}

}  // namespace orrery::ui
