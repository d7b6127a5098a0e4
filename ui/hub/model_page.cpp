#include "ui/hub/model_page.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>
#include <QUrl>

#include "ui/chat/markdown_view.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/account_button.h"
#include "ui/hub/card_text.h"
#include "ui/hub/card_view.h"
#include "ui/hub/download_card.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/fit_meter.h"
#include "ui/hub/hub_files_model.h"
#include "ui/hub/hub_query.h"
#include "ui/hub/related_models.h"
#include "ui/plots/tree_map.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

QString bytes(std::int64_t count) {
  return formatBytes(static_cast<double>(count));
}

QString text(const std::string& string) {
  return QString::fromStdString(string);
}

// The part of a tensor's name that tells its layer, for colours.
int groupOf(const std::string& name) {
  int number = 0;
  for (std::size_t i = 0; i < name.size(); ++i)
    if (name[i] >= '0' && name[i] <= '9' && i > 0 && name[i - 1] == '.') {
      for (; i < name.size() && name[i] >= '0' && name[i] <= '9'; ++i)
        number = (number * 10 + (name[i] - '0')) % 1000;
      return number % 4;
    }
  return 3;
}

QString shapeText(const std::vector<std::int64_t>& shape) {
  QStringList sizes;
  for (const std::int64_t size : shape) sizes += QString::number(size);
  return sizes.join(QStringLiteral(" \u00D7 "));
}

}  // namespace

void ModelPage::open(const QString& model) {
  model_ = model;
  requests_.startOver();
  shown_ = {};
  judged_ = {};
  title_->setText(model.section(QLatin1Char('@'), 0, 0));
  clearLayout(*chips_);
  related_->clear();
  download_->open(model);
  notice_->hide();
  card_->setCard({});
  files_->setFiles({});
  tensors_->setItems({});
  tensorNote_->setText(tr("Reading the headers of its weights\u2026"));
  fit_->clear(tr("Reading the headers of its weights\u2026"));
  runs_->hide();
  protocol::ShowHubModelParams params;
  params.model = model.toStdString();
  requests_.ask<protocol::ShowHubModelParams>(
      params, [this](const protocol::ShowHubModelResult& result) { showModel(result); },
      [this](const QString& error) {
        noticeText_->setText(error);
        step_->setText(tr("Try again"));
        notice_->show();
        download_->refuse({});
        fit_->clear({});
        tensorNote_->clear();
      });
}

bool ModelPage::busy() const {
  return requests_.busy() || download_->busy() || related_->busy();
}

void ModelPage::focusCard() {
  card_->text().setFocus();
}

void ModelPage::showModel(const protocol::ShowHubModelResult& result) {
  shown_ = result;
  title_->setText(text(result.model.id));
  showChips();
  showRevisions();
  showAccess();
  files_->setFiles(result.files);
  const QString commit = text(result.model.commit.empty() ? "main" : result.model.commit);
  const QString base = text(result.address) + QStringLiteral("/resolve/%1/").arg(commit);
  if (!result.access.gate.empty())
    card_->setCard(tr("*The card can be read once this model is open to you.*"));
  else
    card_->setCard(result.card.empty() ? tr("*%1*").arg(text(result.cardProblem))
                                       : cardMarkdown(text(result.card), base));
  related_->setModel(result.model);
  if (!result.access.gate.empty()) {
    download_->refuse(tr("Nothing can be downloaded before that."));
    fit_->clear(tr("Its weights may not be read yet."));
    tensorNote_->setText(tr("Its weights may not be read yet."));
    return;
  }
  download_->plan();
  if (files_->ggufFiles().size() <= 1) askJudgement({});
}

void ModelPage::showChips() {
  const protocol::HubModel& model = shown_.model;
  QStringList facts{text(model.task), text(model.library), text(model.license)};
  if (model.parameters > 0)
    facts += tr("%1 parameters").arg(shortCount(static_cast<double>(model.parameters)));
  if (!model.gated.empty()) facts += tr("gated");
  if (model.isPrivate) facts += tr("private");
  facts += tr("%1 downloads").arg(shortCount(static_cast<double>(model.downloads)));
  facts += tr("%1 likes").arg(shortCount(static_cast<double>(model.likes)));
  if (!model.modified.empty()) facts += tr("changed %1").arg(dayOf(model.modified));
  for (const QString& fact : facts)
    if (!fact.isEmpty()) chips_->addWidget(makeLabel(fact, "chip"));
  chips_->addStretch(1);
}

void ModelPage::showRevisions() {
  const QSignalBlocker quiet(revision_);
  revision_->clear();
  for (const auto* refs : {&shown_.branches, &shown_.tags})
    for (const protocol::HubRef& ref : *refs) revision_->addItem(text(ref.name));
  const QString current = model_.section(QLatin1Char('@'), 1);
  const QString wanted = current.isEmpty() ? QStringLiteral("main") : current;
  if (revision_->findText(wanted) < 0) revision_->addItem(wanted);
  revision_->setCurrentText(wanted);
  revision_->setVisible(revision_->count() > 0);
}

void ModelPage::showAccess() {
  const std::string& gate = shown_.access.gate;
  notice_->setVisible(!gate.empty());
  if (gate == "no_token") {
    noticeText_->setText(
        tr("This model is gated: its authors want to know who downloads it. Log "
           "in with an access token of your account."));
    step_->setText(tr("Log in\u2026"));
  } else if (gate == "licence") {
    noticeText_->setText(
        tr("This model is gated: accept its licence on its page, then look again "
           "here."));
    step_->setText(tr("Open its page"));
  } else if (gate == "waiting") {
    noticeText_->setText(tr("You have asked for this model. Its authors have not answered yet."));
    step_->setText(tr("Look again"));
  } else if (gate == "denied") {
    noticeText_->setText(
        tr("The authors of this model have refused this account. Another account "
           "may be let in."));
    step_->setText(tr("Log in as another\u2026"));
  }
}

void ModelPage::askJudgement(const QString& file) {
  protocol::JudgeHubModelParams params;
  params.model = model_.toStdString();
  params.file = file.toStdString();
  requests_.ask<protocol::JudgeHubModelParams>(
      params, [this](const protocol::JudgeHubModelResult& result) { showJudgement(result); },
      [this](const QString& error) {
        fit_->clear(error);
        tensorNote_->setText(error);
      });
}

void ModelPage::showJudgement(const protocol::JudgeHubModelResult& result) {
  judged_ = result;
  const protocol::InspectResult& inspection = result.inspection;
  fit_->setData(inspection.memoryByPrecision, inspection.model.contextLength,
                inspection.availableBytes, result.fit.longestContext);
  std::vector<TreeMapItem> items;
  for (const protocol::TensorEntry& tensor : inspection.tensors)
    items.push_back(
        {text(tensor.name),
         tr("%1  %2  %3").arg(shapeText(tensor.shape), text(tensor.dtype), bytes(tensor.bytes)),
         static_cast<double>(tensor.bytes), groupOf(tensor.name)});
  tensors_->setItems(std::move(items));
  QString note = tr("%1 tensors, %2 parameters, mostly %3; told by %4 of headers.")
                     .arg(inspection.tensors.size())
                     .arg(shortCount(static_cast<double>(inspection.model.parameters)),
                          text(inspection.model.dtype), bytes(result.receivedBytes));
  if (tensors_->hidden() > 0) note += tr(" %1 small ones are not drawn.").arg(tensors_->hidden());
  tensorNote_->setText(note);
  QStringList facts;
  if (!inspection.model.problem.empty())
    facts += tr("Cannot be run here: %1").arg(text(inspection.model.problem));
  else
    facts += tr("Orrery runs %1 models.").arg(text(inspection.model.modelType));
  if (!inspection.configNotUnderstood.empty()) {
    QStringList names;
    for (const std::string& name : inspection.configNotUnderstood) names += text(name);
    facts += tr("Of its configuration this is not understood: %1").arg(names.join(", "));
  }
  if (!inspection.model.hasChatTemplate && runsHere()) facts += tr("It has no chat template.");
  runs_->setText(facts.join(QLatin1Char('\n')));
  runs_->show();
  download_->setOpensInChat(opensInChat());
}

bool ModelPage::runsHere() const {
  return !judged_.inspection.model.path.empty() && judged_.inspection.model.problem.empty();
}

bool ModelPage::opensInChat() const {
  const protocol::ModelEntry& model = judged_.inspection.model;
  return runsHere() && (shown_.model.task == "text-generation" || model.hasChatTemplate ||
                        model.format == "gguf" || model.architecture.ends_with("ForCausalLM"));
}

void ModelPage::downloadSelected() {
  QStringList files;
  for (const QModelIndex& row : fileTable_->selectionModel()->selectedRows())
    files += text(files_->file(row.row()).path);
  if (!files.isEmpty()) services_.downloads.add(model_, files, false);
}

void ModelPage::takeStep() {
  const std::string gate = shown_.access.gate;
  if (gate == "no_token" || gate == "denied") return logIn();
  if (gate == "licence") QDesktopServices::openUrl(QUrl(text(shown_.address)));
  open(model_);
}

void ModelPage::logIn() {
  askAndLogIn(
      this, services_.engines.files(), [this] { open(model_); },
      [this](const QString& error) { noticeText_->setText(error); });
}

}  // namespace orrery::ui
