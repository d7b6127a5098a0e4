#pragma once

#include <QWidget>
#include <functional>

#include "core/protocol/hub.h"
#include "core/protocol/hub_files.h"
#include "ui/shell/services.h"

class QComboBox;
class QFrame;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QPushButton;
class QTableView;
class QToolButton;
class QVBoxLayout;

namespace orrery::ui {

class FitMeter;
class HubFilesModel;
class MarkdownView;
class TreeMap;

/// One model on the hub: its card, files and tensors, whether it fits and may be had, and a button
/// that downloads and opens it.
class ModelPage : public QWidget {
  Q_OBJECT

 public:
  explicit ModelPage(Services& services, QWidget* parent = nullptr);

  /// Shows "org/name[@revision]"; what was asked of another model before is forgotten.
  void open(const QString& model);
  const protocol::ShowHubModelResult& shown() const { return shown_; }
  const protocol::JudgeHubModelResult& judged() const { return judged_; }
  /// Where the keyboard goes when the page is opened.
  void focusCard();
  bool busy() const { return pending_ > 0; }

 signals:
  void backAsked();

 private:
  QWidget* makeHeader();
  QWidget* makeTabs();
  QWidget* makeFilesTab();
  QWidget* makeTensorTab();
  QWidget* makeSide();
  QFrame* makeNotice();
  QFrame* makeDownloadCard();
  void showModel(const protocol::ShowHubModelResult& result);
  void showChips();
  void showRevisions();
  void showAccess();
  void showPlan(const protocol::HubPlan& plan);
  void showJudgement(const protocol::JudgeHubModelResult& result);
  void showRelated();
  void addRelated(const QString& relation, const std::string& id);
  void showDownload();
  void askPlan();
  void askJudgement(const QString& file);
  void askChildren();
  void download();
  void downloadSelected();
  void takeStep();
  void logIn();
  bool runsHere() const;
  bool opensInChat() const;
  /// Sends a request of the model shown; its answer is dropped once another model is.
  template <class Params>
  void ask(const Params& params, std::function<void(const typename Params::Result&)> done,
           std::function<void(const QString&)> failed);

  Services& services_;
  QString model_;       ///< as asked for
  int generation_ = 0;  ///< counts the models shown
  int pending_ = 0;     ///< requests of the model shown
  protocol::ShowHubModelResult shown_;
  protocol::JudgeHubModelResult judged_;
  protocol::HubPlan plan_;
  QStringList chosen_;  ///< files to download; empty: those that are needed

  QLabel* title_;
  QComboBox* revision_;
  QToolButton* web_;
  QHBoxLayout* chips_;
  QFrame* notice_;
  QLabel* noticeText_;
  QPushButton* step_;
  MarkdownView* card_;
  HubFilesModel* files_;
  QTableView* fileTable_;
  TreeMap* tensors_;
  QLabel* tensorNote_;
  QLabel* planText_;
  QComboBox* weights_;
  QPushButton* download_;
  QProgressBar* progress_;
  QLabel* progressText_;
  FitMeter* fit_;
  QLabel* runs_;
  QVBoxLayout* related_;
  QString lastRelation_;  ///< above the models listed last
};

}  // namespace orrery::ui
