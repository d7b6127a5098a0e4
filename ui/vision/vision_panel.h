#pragma once

#include <QFutureWatcher>
#include <QTimer>
#include <memory>

#include "ui/shell/panel.h"
#include "ui/shell/services.h"
#include "ui/vision/picture.h"
#include "ui/vision/vision_look.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QMimeData;
class QProgressBar;
class QPushButton;
class QStackedWidget;
class QToolButton;

namespace orrery::ui {

class BatchView;
class FoundView;
class ModelPicker;
class NoticeBar;
class PictureCanvas;
class VisionRunner;

/// Both results with their masks cut anew.
struct CutResult {
  double cut = 0;
  VisionResult first, second;
};

/// A picture, a model, and what the model sees in it: labels, boxes, masks, depth, or what a person
/// points at.
class VisionPanel : public Panel {
  Q_OBJECT

 public:
  explicit VisionPanel(Services& services, QWidget* parent = nullptr);
  ~VisionPanel() override;

  void focusMain() override;
  void setModel(const QString& model) override;
  bool takesFile(const QString& name) const override { return isPictureName(name); }
  void setTask(const QString& task);
  /// Shows what a second model finds beside the first; its model is chosen with setOtherModel.
  void setComparing(bool comparing);
  void setOtherModel(const QString& model);
  /// Opens a file, or lists the pictures of a folder beside the canvas.
  void openFile(const QString& path) override;
  void askForPicture();
  void askForFolder();
  void openSample();  ///< the next one with each call
  void paste();
  /// Runs the task; at once, or when the picture and the model's description are there.
  void run() override;
  void stop() override;
  void undo();
  void redo();
  /// Asks for a file and writes the result; its ending (.png, .index.png, .coco.json,
  /// .polygons.json, .json) says the format.
  void exportResult();
  /// The same without asking; an Error if it cannot be written.
  void writeResult(const QString& path);
  static QStringList exportFilters();

  /// Whether a picture is being read, or something runs or waits to.
  bool busy() const override;
  const VisionState& state() const { return state_; }
  PictureCanvas& canvas() { return *canvas_; }
  VisionRunner& runner() { return *runner_; }
  BatchView& batch() { return *batch_; }
  /// Shows the folder's table in place of the picture, or the picture again.
  void showBatch(bool shown);

 protected:
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  QWidget* makeHeader();
  QWidget* makeMiddle();
  QWidget* makeFolder();
  QWidget* makeTools();
  QWidget* makeZoomTools();
  void makePointTools(QWidget* tools);
  QWidget* makeEmpty();
  void connectCanvas();
  void connectFound();
  void connectRunner();
  void addShortcuts();

  void showFolder(const QString& folder);
  void closeFolder();
  void markFile();
  void openNeighbour(int step);
  void takePicture(const QMimeData& data);
  void onPictureRead(const PictureResult& result);
  void openFromBatch(const QString& path, const Json& document, double seconds);
  void describeModel();
  void showTasks(const QStringList& tasks, const QString& architecture);
  void onTaskChosen();
  void showTask();
  void onFound(const VisionResult& result);
  void onOtherFound(const VisionResult& result);
  void runOther();
  VisionState otherState() const;  ///< what to ask the second model
  ResultLayer layerOf(VisionResult& result);
  void cutRoughly(double cut);
  void cutFinely();
  void onCut(CutResult cut);
  void showBatchRows();
  void changePrompt(SegmentPrompt prompt);
  void askPrompt();
  void showResult();
  void drawResult();
  void onHovered(const QPointF& place);
  void showProblem(const QString& problem);
  void onFailed(const QString& reason);
  void updateActions();
  void save();  ///< soon
  void saveNow();
  void load();

  Services& services_;
  VisionRunner* runner_;
  VisionRunner* otherRunner_;  ///< of the second model
  VisionState state_;
  ModelPicker* picker_;
  QToolButton* compare_;
  ModelPicker* other_;
  QComboBox* task_;
  QComboBox* subtask_;
  QLineEdit* candidates_;
  QPushButton* run_;
  NoticeBar* notice_;
  QPushButton* again_;
  QWidget* folder_;  ///< the folder's name above its files
  QLabel* folderName_;
  QListWidget* files_;
  QStackedWidget* stack_;
  QPushButton* open_;  ///< while there is no picture
  BatchView* batch_;
  QToolButton* table_;
  PictureCanvas* canvas_;
  QLabel* place_;
  QWidget* zoomTools_;
  QLabel* zoom_;
  QWidget* pointTools_;
  QToolButton* undo_;
  QToolButton* redo_;
  QToolButton* clear_;
  QPushButton* export_;
  QProgressBar* progress_;
  FoundView* found_;
  QFutureWatcher<PictureResult> reading_;
  QString opening_;     ///< the file that is being read, until it is shown; else empty
  VisionResult ready_;  ///< of a batch, for the picture that is being read
  ResultLayer shown_;
  ResultLayer otherShown_;
  int hoveredSegment_ = -1;
  std::optional<QPointF> pointer_;  ///< where the mouse or the cross is, of the picture
  bool semanticOnly_ = false;       ///< the model knows no instances
  bool described_ = false;          ///< the model's tasks are known
  bool runWanted_ = false;          ///< once picture and tasks are there
  QString describing_;              ///< the model that the engine was asked about
  QTimer saving_;
  QTimer cutting_;  ///< until the slider rests
  QFutureWatcher<CutResult> cut_;
};

}  // namespace orrery::ui
