// How the parts of ModelPage are laid out.

#include <QComboBox>
#include <QDesktopServices>
#include <QFrame>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QTabWidget>
#include <QTableView>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include "ui/engine/engine_pool.h"
#include "ui/hub/card_view.h"
#include "ui/hub/download_card.h"
#include "ui/hub/fit_meter.h"
#include "ui/hub/hub_files_model.h"
#include "ui/hub/model_page.h"
#include "ui/hub/related_models.h"
#include "ui/plots/tree_map.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kSideWidth = 330;

QScrollArea* scrolled(QWidget* content, const char* name, const QString& spoken) {
  auto* area = named(new QScrollArea, name, spoken);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(content);
  return area;
}

QFrame* titledCard(const QString& title, QBoxLayout*& layout) {
  auto* card = makeCard(layout);
  layout->addWidget(makeLabel(title, "heading"));
  return card;
}

}  // namespace

ModelPage::ModelPage(Services& services, QWidget* parent)
    : QWidget(parent), services_(services), requests_(services.engines.files(), this) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  layout->addWidget(makeHeader());
  layout->addWidget(makeNotice());
  auto* body = new QHBoxLayout;
  body->setSpacing(14);
  body->addWidget(makeTabs(), 1);
  body->addWidget(makeSide());
  layout->addLayout(body, 1);
}

QWidget* ModelPage::makeHeader() {
  auto* header = new QWidget;
  auto* rows = new QVBoxLayout(header);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->setSpacing(8);
  auto* row = new QHBoxLayout;
  auto* back = makeIconButton("left", tr("Back to what was found"), "library.back");
  connect(back, &QToolButton::clicked, this, &ModelPage::backAsked);
  row->addWidget(back);
  title_ = makeLabel({}, "heading");
  title_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  row->addWidget(title_);
  revision_ = named(new QComboBox, "library.revision", tr("Revision"));
  row->addSpacing(8);
  row->addWidget(revision_);
  row->addStretch(1);
  web_ = makeIconButton("export", tr("Open its page in the browser"), "library.web");
  row->addWidget(web_);
  rows->addLayout(row);
  chips_ = new QHBoxLayout;
  chips_->setSpacing(6);
  rows->addLayout(chips_);
  connect(web_, &QToolButton::clicked, this, [this] {
    if (!shown_.address.empty())
      QDesktopServices::openUrl(QUrl(QString::fromStdString(shown_.address)));
  });
  connect(revision_, &QComboBox::activated, this, [this] {
    const QString id = QString::fromStdString(shown_.model.id);
    const QString name = revision_->currentText();
    open(name == QLatin1String("main") ? id : id + QLatin1Char('@') + name);
  });
  return header;
}

QFrame* ModelPage::makeNotice() {
  notice_ = ofKind(new QFrame, "notice");
  auto* row = new QHBoxLayout(notice_);
  row->setContentsMargins(14, 10, 14, 10);
  noticeText_ = makeLabel({});
  noticeText_->setWordWrap(true);
  row->addWidget(noticeText_, 1);
  step_ = makeButton(tr("Try again"), "library.step", "primary");
  connect(step_, &QPushButton::clicked, this, &ModelPage::takeStep);
  row->addWidget(step_);
  notice_->hide();
  return notice_;
}

QWidget* ModelPage::makeTabs() {
  auto* tabs = named(new QTabWidget, "library.modelTabs", tr("Parts of the model's page"));
  card_ = new CardView(services_.engines.files());
  auto* paper = ofKind(new QWidget, "page");
  auto* layout = new QVBoxLayout(paper);
  layout->setContentsMargins(4, 12, 12, 12);
  layout->addWidget(card_);
  layout->addStretch(1);
  tabs->addTab(scrolled(paper, "library.cardScroll", tr("Model card")), tr("Card"));
  tabs->addTab(makeFilesTab(), tr("Files"));
  tabs->addTab(makeTensorTab(), tr("Tensors"));
  return tabs;
}

QWidget* ModelPage::makeFilesTab() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 10, 0, 0);
  files_ = new HubFilesModel(this);
  fileTable_ = named(new QTableView, "library.files", tr("Files of the model"));
  fileTable_->setModel(files_);
  fileTable_->setSelectionBehavior(QAbstractItemView::SelectRows);
  fileTable_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  fileTable_->setShowGrid(false);
  fileTable_->setTabKeyNavigation(false);
  fileTable_->setWordWrap(false);
  fileTable_->verticalHeader()->hide();
  fileTable_->verticalHeader()->setDefaultSectionSize(32);
  fileTable_->horizontalHeader()->setHighlightSections(false);
  fileTable_->horizontalHeader()->setSectionResizeMode(HubFilesModel::kPath, QHeaderView::Stretch);
  fileTable_->setColumnWidth(HubFilesModel::kSize, 90);
  fileTable_->setColumnWidth(HubFilesModel::kPurpose, 220);
  fileTable_->setColumnWidth(HubFilesModel::kHash, 130);
  layout->addWidget(fileTable_, 1);
  auto* some = makeButton(tr("Download selected files"), "library.downloadFiles");
  connect(some, &QPushButton::clicked, this, &ModelPage::downloadSelected);
  some->setEnabled(false);
  connect(fileTable_->selectionModel(), &QItemSelectionModel::selectionChanged, some,
          [this, some] { some->setEnabled(fileTable_->selectionModel()->hasSelection()); });
  layout->addWidget(some, 0, Qt::AlignRight);
  return page;
}

QWidget* ModelPage::makeTensorTab() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 10, 0, 0);
  tensors_ = named(new TreeMap, "library.tensors", tr("Tensors by size"));
  layout->addWidget(tensors_, 1);
  tensorNote_ = makeLabel({}, "small");
  tensorNote_->setWordWrap(true);
  layout->addWidget(tensorNote_);
  return page;
}

QWidget* ModelPage::makeSide() {
  auto* side = ofKind(new QWidget, "page");
  auto* layout = new QVBoxLayout(side);
  layout->setContentsMargins(0, 0, 4, 0);
  layout->setSpacing(12);
  download_ = new DownloadCard(services_, *files_);
  connect(download_, &DownloadCard::weightsChosen, this, &ModelPage::askJudgement);
  layout->addWidget(download_);
  QBoxLayout* inside = nullptr;
  auto* memory = titledCard(tr("Memory here"), inside);
  fit_ = new FitMeter;
  inside->addWidget(fit_);
  runs_ = makeLabel({}, "small");
  runs_->setWordWrap(true);
  inside->addWidget(runs_);
  layout->addWidget(memory);
  related_ = new RelatedModels(services_.engines.files());
  connect(related_, &RelatedModels::chosen, this, &ModelPage::open);
  layout->addWidget(related_);
  layout->addStretch(1);
  auto* area = scrolled(side, "library.side", tr("Download, memory and related models"));
  area->setFixedWidth(kSideWidth);
  return area;
}

}  // namespace orrery::ui
