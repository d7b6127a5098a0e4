#pragma once

// A window with the vision panel, and what its engine answers.

#include <QLabel>

#include "tests/ui/workbench.h"
#include "ui/vision/vision_panel.h"

namespace orrery::test {

using namespace orrery::ui;

inline Json modelOf(const char* architecture) {
  return {{"path", std::string("/models/") + architecture},
          {"name", architecture},
          {"architecture", architecture}};
}

inline RleMask square(int left, int top, int side) {
  std::vector<std::uint8_t> pixels(40 * 60);
  for (int y = top; y < top + side; ++y)
    for (int x = left; x < left + side; ++x) pixels[static_cast<std::size_t>(y * 60 + x)] = 1;
  return rleFromPixels(pixels, 40, 60);
}

inline Json found(const char* label, const Json& score, const RleMask& mask) {
  return {
      {"label", label}, {"score", score}, {"mask", {{"size", {40, 60}}, {"counts", mask.counts}}}};
}

inline Json script() {
  const Json box{{"xmin", 5}, {"ymin", 4}, {"xmax", 25}, {"ymax", 30}};
  return {{"picture", {40, 60}},
          {"models",
           {modelOf("ViTForImageClassification"),
            modelOf("DetrForObjectDetection"),
            modelOf("Mask2FormerForUniversalSegmentation"),
            modelOf("DPTForDepthEstimation"),
            modelOf("SamModel"),
            modelOf("LlamaForCausalLM"),
            {{"path", "/models/lite"},
             {"name", "lite"},
             {"architecture", "tf_efficientnet_lite0"},
             {"model_type", "timm_wrapper"}}}},
          {"results",
           {{"image-classification",
             {{{"label", "cat"}, {"score", 0.8}}, {{"label", "dog"}, {"score", 0.2}}}},
            {"object-detection",
             {{{"label", "cat"}, {"score", 0.9}, {"box", box}},
              {{"label", "dog"}, {"score", 0.3}, {"box", box}}}},
            {"image-segmentation",
             {found("cat", 0.95, square(2, 2, 20)), found("sofa", 0.6, square(10, 10, 25))}},
            {"image-feature-extraction",
             Json::array({Json::array({{1.0, 2.0, 3.0}, {4.0, 5.0, 9.0}})})},
            {"depth-estimation", {{"depth", {{"size", {40, 60}}, {"array", "depth"}}}}}}}};
}

/// A window with the vision panel and a picture of 60 x 40.
struct VisionBench : Workbench {
  explicit VisionBench(const Json& answers = script())
      : Workbench(answers), panel(window->vision()) {
    picture = folder.filePath("a picture.png");
    QImage image(60, 40, QImage::Format_RGB32);
    image.fill(QColor(60, 70, 80));
    image.save(picture);
    window->resize(1280, 800);
    window->showPanel("vision");
    library->refresh();
  }
  /// Opens the picture and runs that model on it; `done` is what tells its end.
  void run(const char* architecture) {
    panel.setModel(QString("/models/") + architecture);
    panel.openFile(picture);
    panel.run();
  }
  QString texts() {
    QStringList shown;
    for (QLabel* label : panel.findChildren<QLabel*>())
      if (label->isVisible()) shown += label->text();
    return shown.join('\n');
  }
  QString problem() {
    for (QLabel* label : panel.findChildren<QLabel*>())
      if (label->property("kind") == "danger" && label->isVisible()) return label->text();
    return {};
  }
  template <class Widget>
  Widget* widget(const char* name) {
    return panel.findChild<Widget*>(name);
  }

  VisionPanel& panel;
  QString picture;
};

}  // namespace orrery::test
