#include "ui/hub/hub_page.h"

#include <QComboBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QShortcut>
#include <QStackedWidget>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/engine/engine_pool.h"
#include "ui/hub/account_button.h"
#include "ui/hub/filter_chips.h"
#include "ui/hub/hub_query.h"
#include "ui/hub/hub_search_model.h"
#include "ui/hub/model_page.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kTypingMilliseconds = 150;
constexpr int kPageSize = 100;
enum View { kTable, kNothing, kProblem };

}  // namespace

HubPage::HubPage(Services& services, QWidget* parent)
    : QWidget(parent), found_(new HubSearchModel(services.engines.files(), this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  pages_ = new QStackedWidget;
  pages_->addWidget(makeResults(services.engines.files()));
  page_ = new ModelPage(services);
  pages_->addWidget(page_);
  layout->addWidget(pages_);
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingMilliseconds);
  connect(&typing_, &QTimer::timeout, this, &HubPage::search);
  connect(page_, &ModelPage::backAsked, this, &HubPage::showResults);
  auto* back = new QShortcut(QKeySequence(Qt::Key_Escape), page_);
  back->setContext(Qt::WidgetWithChildrenShortcut);
  connect(back, &QShortcut::activated, this, &HubPage::showResults);
  connect(found_, &HubSearchModel::changed, this, &HubPage::updateState);
  updateState();
}

QWidget* HubPage::makeSearchRow(EngineProcess& engine) {
  auto* bar = new QWidget;
  auto* row = new QHBoxLayout(bar);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  words_ = named(new QLineEdit, "library.search", tr("Search the hub"));
  words_->setPlaceholderText(tr("Words, org/name, or the address of a model's page"));
  words_->setClearButtonEnabled(true);
  row->addWidget(words_, 1);
  sort_ = named(new QComboBox, "library.sort", tr("Order of the models found"));
  const std::pair<QString, const char*> orders[] = {{tr("Trending"), "trending"},
                                                    {tr("Most downloads"), "downloads"},
                                                    {tr("Most likes"), "likes"},
                                                    {tr("Newest"), "created"},
                                                    {tr("Recently changed"), "modified"}};
  for (const auto& [text, key] : orders) sort_->addItem(text, QString::fromLatin1(key));
  row->addWidget(sort_);
  account_ = new AccountButton(engine);
  row->addWidget(account_);
  connect(account_, &AccountButton::failed, this,
          [this](const QString& reason) { note_->setText(reason); });
  words_->installEventFilter(this);
  connect(words_, &QLineEdit::textChanged, this, &HubPage::onTyped);
  connect(words_, &QLineEdit::returnPressed, this, [this] {
    const HubWords words = readHubWords(words_->text());
    if (!words.model.isEmpty()) return openModel(words.model);
    search();
  });
  connect(sort_, &QComboBox::currentIndexChanged, this, &HubPage::search);
  return bar;
}

void HubPage::makeTable() {
  table_ = named(new QTableView, "library.found", tr("Models found"));
  table_->setModel(found_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setShowGrid(false);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->setTextElideMode(Qt::ElideMiddle);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  table_->verticalHeader()->setDefaultSectionSize(36);
  auto* columns = table_->horizontalHeader();
  columns->setHighlightSections(false);
  columns->setSectionResizeMode(HubSearchModel::kName, QHeaderView::Stretch);
  const int widths[] = {0, 150, 84, 90, 110, 98, 72, 108, 66, 100};
  for (int i = 1; i < HubSearchModel::kColumnCount; ++i) table_->setColumnWidth(i, widths[i]);
  connect(table_, &QTableView::activated, this, &HubPage::openSelected);
  connect(table_, &QTableView::clicked, this, &HubPage::openSelected);
}

QWidget* HubPage::makeResults(EngineProcess& engine) {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  layout->addWidget(makeSearchRow(engine));
  chips_ = new FilterChips;
  chips_->setFound(&found_->models());
  connect(chips_, &FilterChips::changed, this, &HubPage::search);
  layout->addWidget(chips_);
  makeTable();
  results_ = new QStackedWidget;
  results_->addWidget(table_);
  results_->addWidget(makeEmptyState("search", tr("No model found"),
                                     tr("Fewer words or fewer filters find more.")));
  retry_ = makeButton(tr("Try again"), "library.searchAgain", "primary");
  connect(retry_, &QPushButton::clicked, this, &HubPage::search);
  results_->addWidget(makeEmptyState("search", tr("The hub cannot be asked now"),
                                     tr("What is on this machine can be used all the same."),
                                     retry_));
  layout->addWidget(results_, 1);
  note_ = makeLabel({}, "small");
  note_->setWordWrap(true);
  layout->addWidget(note_);
  return page;
}

void HubPage::showResults() {
  pages_->setCurrentIndex(0);
  (results_->currentIndex() == kTable ? static_cast<QWidget*>(table_) : words_)->setFocus();
}

// From the box, the arrow leads into the list.
bool HubPage::eventFilter(QObject* watched, QEvent* event) {
  const bool down =
      event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Down;
  if (watched != words_ || !down) return QWidget::eventFilter(watched, event);
  table_->setFocus();
  return true;
}

void HubPage::activate() {
  if (searched_) return;
  search();
  account_->refresh();
}

void HubPage::focusSearch() {
  if (pages_->currentIndex() == 0)
    words_->setFocus();
  else
    page_->focusCard();
}

void HubPage::setWords(const QString& text) {
  words_->setText(text);
}

void HubPage::onTyped() {
  const HubWords words = readHubWords(words_->text());
  if (words.isAddress && !words.model.isEmpty()) return openModel(words.model);
  typing_.start();
}

void HubPage::search() {
  typing_.stop();
  searched_ = true;
  protocol::SearchHubParams query;
  query.text = readHubWords(words_->text()).text.toStdString();
  query.sort = sort_->currentData().toString().toStdString();
  query.pageSize = kPageSize;
  chips_->applyTo(query);
  found_->search(query);
}

void HubPage::openSelected() {
  const QModelIndex row = table_->currentIndex();
  if (row.isValid()) openModel(QString::fromStdString(found_->model(row.row()).id));
}

void HubPage::openModel(const QString& model) {
  pages_->setCurrentWidget(page_);
  page_->open(model);
  page_->focusCard();
}

void HubPage::updateState() {
  const int count = found_->rowCount();
  if (count > 0)
    results_->setCurrentIndex(kTable);
  else if (!found_->error().isEmpty())
    results_->setCurrentIndex(kProblem);
  else if (!found_->busy() && searched_)
    results_->setCurrentIndex(kNothing);
  if (!found_->error().isEmpty())
    note_->setText(found_->error());
  else if (found_->busy() && count == 0)
    note_->setText(tr("Asking the hub\u2026"));
  else if (count > 0)
    note_->setText(found_->hasMore() ? tr("%1 models so far; more come as you scroll").arg(count)
                                     : tr("%1 models").arg(count));
  else
    note_->clear();
  if (count > 0 && !table_->currentIndex().isValid()) table_->selectRow(0);
}

}  // namespace orrery::ui
