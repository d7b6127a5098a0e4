#include "ui/hub/download_card.h"

#include <QComboBox>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/engine/engine_pool.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/hub_files_model.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr std::int64_t kWorthTelling = 1'000'000;  // bytes

QString bytes(std::int64_t count) {
  return formatBytes(static_cast<double>(count));
}

QString planText(const protocol::HubPlan& plan, int filesInAll) {
  if (plan.bytesLeft == 0)
    return DownloadCard::tr("All it needs is on this machine: %1.").arg(bytes(plan.bytesWanted));
  QString text = DownloadCard::tr("%1 to fetch, in %2 of %3 files.")
                     .arg(bytes(plan.bytesLeft))
                     .arg(std::count_if(plan.files.begin(), plan.files.end(),
                                        [](const auto& file) { return !file.present; }))
                     .arg(filesInAll);
  if (plan.bytesLeft < plan.bytesWanted)
    text += DownloadCard::tr(" %1 are here already.").arg(bytes(plan.bytesWanted - plan.bytesLeft));
  const std::int64_t others = plan.bytesInRepository - plan.bytesWanted;
  if (others > kWorthTelling)
    text += DownloadCard::tr(" %1 are not needed and left out.").arg(bytes(others));
  return text;
}

}  // namespace

DownloadCard::DownloadCard(Services& services, const HubFilesModel& files, QWidget* parent)
    : QFrame(parent),
      services_(services),
      files_(files),
      requests_(services.engines.files(), this) {
  auto* layout = layCard(this);
  layout->addWidget(makeLabel(tr("Download"), "heading"));
  text_ = makeLabel({}, "muted");
  text_->setWordWrap(true);
  layout->addWidget(text_);
  space_ = makeLabel({});
  space_->setWordWrap(true);
  layout->addWidget(space_);
  weights_ = named(new QComboBox, "library.weights", tr("Weights to download"));
  weights_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  weights_->setMinimumContentsLength(12);
  layout->addWidget(weights_);
  connect(weights_, &QComboBox::activated, this, [this] {
    chosen_ = files_.partsOf(weights_->currentText());
    plan();
    emit weightsChosen(weights_->currentText());
  });
  button_ = makeButton(tr("Download"), "library.download", "primary");
  connect(button_, &QPushButton::clicked, this, &DownloadCard::download);
  layout->addWidget(button_);
  progress_ = named(new QProgressBar, "library.progress", tr("Progress of the download"));
  progress_->setRange(0, 1000);
  progress_->setTextVisible(false);
  layout->addWidget(progress_);
  progressText_ = makeLabel({}, "small");
  progressText_->setWordWrap(true);
  layout->addWidget(progressText_);
  connect(&services_.downloads, &DownloadQueue::itemChanged, this, &DownloadCard::updateState);
  connect(&services_.downloads, &DownloadQueue::activeCountChanged, this,
          &DownloadCard::updateState);
  connect(&services_.downloads, &DownloadQueue::finished, this,
          [this](const QString& model, const QString&, bool) {
            if (model == model_) plan();
          });
}

void DownloadCard::open(const QString& model) {
  requests_.startOver();
  model_ = model;
  plan_ = {};
  chosen_.clear();
  opensInChat_ = false;
  weights_->hide();
  text_->setText(tr("Asking the hub\u2026"));
  updateState();
}

void DownloadCard::refuse(const QString& reason) {
  text_->setText(reason);
  updateState();
}

void DownloadCard::setOpensInChat(bool opens) {
  opensInChat_ = opens;
  updateState();
}

void DownloadCard::plan() {
  protocol::PlanDownloadParams params;
  params.model = model_.toStdString();
  for (const QString& file : chosen_) params.files.push_back(file.toStdString());
  requests_.ask<protocol::PlanDownloadParams>(
      params, [this](const protocol::HubPlan& plan) { showPlan(plan); },
      [this](const QString& error) { text_->setText(error); });
}

void DownloadCard::showPlan(const protocol::HubPlan& plan) {
  const bool first = plan_.id.empty();
  plan_ = plan;
  text_->setText(planText(plan, files_.rowCount()));
  if (first) offerWeights();
  updateState();
}

void DownloadCard::offerWeights() {
  const QStringList ggufs = files_.ggufFiles();
  if (ggufs.size() <= 1) return;
  weights_->clear();
  weights_->addItems(ggufs);
  const auto taken = std::find_if(plan_.files.begin(), plan_.files.end(), [&](const auto& file) {
    return ggufs.contains(QString::fromStdString(file.path));
  });
  const QString file = taken == plan_.files.end() ? QString() : QString::fromStdString(taken->path);
  if (!file.isEmpty()) weights_->setCurrentText(file);
  weights_->show();
  emit weightsChosen(file);
}

void DownloadCard::showSpace() {
  const std::int64_t lacking = plan_.bytesLeft - plan_.diskFree;
  const bool told = plan_.bytesLeft > 0 && plan_.diskFree >= 0;
  space_->setVisible(told);
  if (!told) return;
  space_->setText(lacking > 0
                      ? tr("The disk has only %1 free: %2 too few. Free some, or choose less.")
                            .arg(bytes(plan_.diskFree), bytes(lacking))
                      : tr("%1 are free on the disk.").arg(bytes(plan_.diskFree)));
  setLabelKind(space_, lacking > 0 ? "danger" : "muted");
  space_->setToolTip(QString::fromStdString(plan_.cache));
}

void DownloadCard::download() {
  services_.downloads.add(model_, chosen_, opensInChat_);
  updateState();
}

void DownloadCard::updateState() {
  const int row = services_.downloads.rowOf(model_);
  const bool planned = !plan_.id.empty();
  const bool complete = planned && plan_.bytesLeft == 0;
  button_->setText(complete       ? opensInChat_ ? tr("Open in chat") : tr("Downloaded")
                         : opensInChat_ ? tr("Download and open")
                                  : tr("Download"));
  button_->setAccessibleName(button_->text());
  button_->setEnabled(planned && row < 0 && (!complete || opensInChat_));
  showSpace();
  progress_->setVisible(row >= 0);
  progressText_->setVisible(row >= 0);
  if (row >= 0) showProgress(row);
}

void DownloadCard::showProgress(int row) {
  const DownloadItem& item = services_.downloads.item(row);
  progress_->setValue(item.total() > 0 ? static_cast<int>(1000 * item.done() / item.total()) : 0);
  QStringList facts;
  for (const int column : {DownloadQueue::kProgress, DownloadQueue::kState})
    facts += services_.downloads.index(row, column).data().toString();
  facts.removeAll(QString());
  progressText_->setText(facts.join(QStringLiteral(" \u00B7 ")));
}

}  // namespace orrery::ui
