#include "ui/hub/model_page.h"

#include <QComboBox>
#include <QDesktopServices>
#include <QFrame>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QTableView>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/chat/markdown_view.h"
#include "ui/engine/engine_pool.h"
#include "ui/hub/account_button.h"
#include "ui/hub/card_text.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/fit_meter.h"
#include "ui/hub/hub_files_model.h"
#include "ui/hub/hub_query.h"
#include "ui/plots/tree_map.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kMostChildren = 6;
constexpr std::int64_t kWorthTelling = 1'000'000;  // bytes
constexpr int kRelatedWidth = 268;                 // pixels

QString bytes(std::int64_t count) {
  return formatBytes(static_cast<double>(count));
}

QString text(const std::string& string) {
  return QString::fromStdString(string);
}

void clearLayout(QLayout* layout) {
  while (QLayoutItem* item = layout->takeAt(0)) {
    delete item->widget();
    delete item;
  }
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

template <class Params>
void ModelPage::ask(const Params& params, std::function<void(const typename Params::Result&)> done,
                    std::function<void(const QString&)> failed) {
  ++pending_;
  services_.engines.files().request<Params>(
      params, this,
      [this, current = generation_, done](const typename Params::Result& result) {
        if (current != generation_) return;
        --pending_;
        done(result);
      },
      [this, current = generation_, failed](const EngineError& error) {
        if (current != generation_) return;
        --pending_;
        failed(error.message);
      });
}

void ModelPage::open(const QString& model) {
  model_ = model;
  ++generation_;
  pending_ = 0;
  shown_ = {};
  judged_ = {};
  plan_ = {};
  chosen_.clear();
  title_->setText(model.section(QLatin1Char('@'), 0, 0));
  clearLayout(chips_);
  clearLayout(related_);
  lastRelation_.clear();
  notice_->hide();
  weights_->hide();
  card_->setMarkdown({});
  files_->setFiles({});
  tensors_->setItems({});
  tensorNote_->setText(tr("Reading the headers of its weights\u2026"));
  planText_->setText(tr("Asking the hub\u2026"));
  fit_->clear(tr("Reading the headers of its weights\u2026"));
  runs_->hide();
  showDownload();
  protocol::ShowHubModelParams params;
  params.model = model.toStdString();
  ask<protocol::ShowHubModelParams>(
      params, [this](const protocol::ShowHubModelResult& result) { showModel(result); },
      [this](const QString& error) {
        noticeText_->setText(error);
        step_->setText(tr("Try again"));
        notice_->show();
        planText_->clear();
        fit_->clear({});
        tensorNote_->clear();
      });
}

void ModelPage::focusCard() {
  card_->setFocus();
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
    card_->setMarkdown(tr("*The card can be read once this model is open to you.*"));
  else
    card_->setMarkdown(result.card.empty() ? tr("*%1*").arg(text(result.cardProblem))
                                           : cardMarkdown(text(result.card), base));
  showRelated();
  askChildren();
  if (!result.access.gate.empty()) {
    planText_->setText(tr("Nothing can be downloaded before that."));
    fit_->clear(tr("Its weights may not be read yet."));
    tensorNote_->setText(tr("Its weights may not be read yet."));
    return showDownload();
  }
  askPlan();
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

void ModelPage::askPlan() {
  protocol::PlanDownloadParams params;
  params.model = model_.toStdString();
  for (const QString& file : chosen_) params.files.push_back(file.toStdString());
  ask<protocol::PlanDownloadParams>(
      params, [this](const protocol::HubPlan& plan) { showPlan(plan); },
      [this](const QString& error) { planText_->setText(error); });
}

void ModelPage::showPlan(const protocol::HubPlan& plan) {
  const bool first = plan_.id.empty();
  plan_ = plan;
  const std::int64_t others = plan.bytesInRepository - plan.bytesWanted;
  QString sentence = plan.bytesLeft == 0
                         ? tr("All it needs is on this machine: %1.").arg(bytes(plan.bytesWanted))
                         : tr("%1 to fetch, in %2 of %3 files.")
                               .arg(bytes(plan.bytesLeft))
                               .arg(std::count_if(plan.files.begin(), plan.files.end(),
                                                  [](const auto& file) { return !file.present; }))
                               .arg(files_->rowCount());
  if (plan.bytesLeft > 0 && plan.bytesLeft < plan.bytesWanted)
    sentence += tr(" %1 are here already.").arg(bytes(plan.bytesWanted - plan.bytesLeft));
  if (others > kWorthTelling) sentence += tr(" %1 are not needed and left out.").arg(bytes(others));
  planText_->setText(sentence);
  if (const QStringList ggufs = files_->ggufFiles(); first && ggufs.size() > 1) {
    const QSignalBlocker quiet(weights_);
    weights_->clear();
    weights_->addItems(ggufs);
    const auto chosen = std::find_if(plan.files.begin(), plan.files.end(),
                                     [](const auto& file) { return file.path.ends_with(".gguf"); });
    if (chosen != plan.files.end()) weights_->setCurrentText(text(chosen->path));
    weights_->show();
    askJudgement(chosen != plan.files.end() ? text(chosen->path) : QString());
  }
  showDownload();
}

void ModelPage::askJudgement(const QString& file) {
  protocol::JudgeHubModelParams params;
  params.model = model_.toStdString();
  params.file = file.toStdString();
  ask<protocol::JudgeHubModelParams>(
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
  showDownload();
}

bool ModelPage::runsHere() const {
  return !judged_.inspection.model.path.empty() && judged_.inspection.model.problem.empty();
}

bool ModelPage::opensInChat() const {
  const protocol::ModelEntry& model = judged_.inspection.model;
  return runsHere() && (shown_.model.task == "text-generation" || model.hasChatTemplate ||
                        model.format == "gguf" || model.architecture.ends_with("ForCausalLM"));
}

void ModelPage::showRelated() {
  for (const std::string& base : shown_.model.baseModels) {
    const auto colon = base.find(':');
    addRelated(tr("Made from"), colon == base.npos ? base : base.substr(colon + 1));
  }
}

void ModelPage::askChildren() {
  protocol::SearchHubParams params;
  params.tags = {"base_model:" + shown_.model.id};
  params.sort = "downloads";
  params.pageSize = kMostChildren;
  ask<protocol::SearchHubParams>(
      params,
      [this](const protocol::SearchHubResult& result) {
        const std::string quantized = "base_model:quantized:" + shown_.model.id;
        for (const protocol::HubModel& child : result.models) {
          const bool packed =
              std::find(child.tags.begin(), child.tags.end(), quantized) != child.tags.end();
          addRelated(packed ? tr("Quantized") : tr("Made of it"), child.id);
        }
        if (related_->count() == 0)
          related_->addWidget(makeLabel(tr("The hub names none."), "small"));
      },
      [](const QString&) {});  // the page is whole without them
}

void ModelPage::addRelated(const QString& relation, const std::string& id) {
  if (id == shown_.model.id) return;
  if (relation != lastRelation_) related_->addWidget(makeLabel(relation, "small"));
  lastRelation_ = relation;
  const QString name = QStringLiteral("library.related%1").arg(related_->count());
  auto* button = makeButton(text(id), qPrintable(name), "choice");
  button->setAccessibleName(tr("%1: %2").arg(relation, text(id)));
  button->setToolTip(text(id));
  button->setText(button->fontMetrics().elidedText(text(id), Qt::ElideMiddle, kRelatedWidth));
  connect(button, &QPushButton::clicked, this, [this, id] {
    QMetaObject::invokeMethod(
        this, [this, id] { open(text(id)); }, Qt::QueuedConnection);  // it deletes the button
  });
  related_->addWidget(button);
}

void ModelPage::download() {
  services_.downloads.add(model_, chosen_, opensInChat());
  showDownload();
}

void ModelPage::downloadSelected() {
  QStringList files;
  for (const QModelIndex& row : fileTable_->selectionModel()->selectedRows())
    files += text(files_->file(row.row()).path);
  if (!files.isEmpty()) services_.downloads.add(model_, files, false);
}

void ModelPage::showDownload() {
  const int row = services_.downloads.rowOf(model_);
  const bool complete = !plan_.id.empty() && plan_.bytesLeft == 0;
  download_->setText(complete        ? opensInChat() ? tr("Open in chat") : tr("Downloaded")
                            : opensInChat() ? tr("Download and open")
                                     : tr("Download"));
  download_->setAccessibleName(download_->text());
  download_->setEnabled(!plan_.id.empty() && shown_.access.gate.empty() && row < 0 &&
                        (!complete || opensInChat()));
  progress_->setVisible(row >= 0);
  progressText_->setVisible(row >= 0);
  if (row < 0) return;
  const DownloadItem& item = services_.downloads.item(row);
  progress_->setValue(item.total() > 0 ? static_cast<int>(1000 * item.done() / item.total()) : 0);
  const auto cell = [&](int column) {
    return services_.downloads.index(row, column).data().toString();
  };
  QStringList facts{cell(DownloadQueue::kProgress), cell(DownloadQueue::kState)};
  facts.removeAll(QString());
  progressText_->setText(facts.join(QStringLiteral(" \u00B7 ")));
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
