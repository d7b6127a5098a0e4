#pragma once

#include <QFrame>

#include "core/protocol/hub_files.h"
#include "ui/hub/model_requests.h"
#include "ui/shell/services.h"

class QComboBox;
class QLabel;
class QProgressBar;
class QPushButton;

namespace orrery::ui {

class HubFilesModel;

/// Of a model's page: how much there is to download and whether the disk has room for it, which
/// weights of several, and how far it is.
class DownloadCard : public QFrame {
  Q_OBJECT

 public:
  /// `files` are those of the model shown.
  DownloadCard(Services& services, const HubFilesModel& files, QWidget* parent = nullptr);

  /// Another model, "org/name[@revision]", of which nothing is known yet.
  void open(const QString& model);
  /// Its files are known: says what a download would fetch.
  void plan();
  /// There is nothing to download.
  void refuse(const QString& reason);
  /// Whether the model is opened in the chat once it is there.
  void setOpensInChat(bool opens);
  bool busy() const { return requests_.busy(); }

 signals:
  /// A GGUF file of several, first the one that is taken unasked.
  void weightsChosen(const QString& file);

 private:
  void showPlan(const protocol::HubPlan& plan);
  void showSpace();
  void offerWeights();
  void download();
  void updateState();
  void showProgress(int row);

  Services& services_;
  const HubFilesModel& files_;
  ModelRequests requests_;
  QString model_;
  protocol::HubPlan plan_;
  QStringList chosen_;  ///< files to download; empty: those that are needed
  bool opensInChat_ = false;

  QLabel* text_;
  QLabel* space_;
  QComboBox* weights_;
  QPushButton* button_;
  QProgressBar* progress_;
  QLabel* progressText_;
};

}  // namespace orrery::ui
