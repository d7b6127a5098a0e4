#pragma once

#include <QWidget>

#include "core/protocol/hub.h"
#include "ui/hub/model_requests.h"
#include "ui/shell/services.h"

class QComboBox;
class QFrame;
class QHBoxLayout;
class QLabel;
class QPushButton;
class QTableView;
class QToolButton;

namespace orrery::ui {

class CardView;
class DownloadCard;
class FitMeter;
class HubFilesModel;
class RelatedModels;
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
  bool busy() const;

 signals:
  void backAsked();

 private:
  QWidget* makeHeader();
  QWidget* makeTabs();
  QWidget* makeFilesTab();
  QWidget* makeTensorTab();
  QWidget* makeSide();
  QFrame* makeNotice();
  void showModel(const protocol::ShowHubModelResult& result);
  void showChips();
  void showRevisions();
  void showAccess();
  void showJudgement(const protocol::JudgeHubModelResult& result);
  void askJudgement(const QString& file);
  void downloadSelected();
  void takeStep();
  void logIn();
  bool runsHere() const;
  bool opensInChat() const;

  Services& services_;
  ModelRequests requests_;
  QString model_;  ///< as asked for
  protocol::ShowHubModelResult shown_;
  protocol::JudgeHubModelResult judged_;

  QLabel* title_;
  QComboBox* revision_;
  QToolButton* web_;
  QHBoxLayout* chips_;
  QFrame* notice_;
  QLabel* noticeText_;
  QPushButton* step_;
  CardView* card_;
  HubFilesModel* files_;
  QTableView* fileTable_;
  TreeMap* tensors_;
  QLabel* tensorNote_;
  DownloadCard* download_;
  FitMeter* fit_;
  QLabel* runs_;
  RelatedModels* related_;
};

}  // namespace orrery::ui
