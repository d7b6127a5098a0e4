#include "ui/library/library_panel.h"

#include <QButtonGroup>
#include <QFileDialog>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/hub/cache_page.h"
#include "ui/hub/download_queue.h"
#include "ui/hub/hub_page.h"
#include "ui/library/library_model.h"
#include "ui/vision/vision_state.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

enum Page { kModels, kEmpty };

// What the table has no room for, of one model.
QString details(const protocol::ModelEntry& entry) {
  const auto bytes = [](std::int64_t count) { return formatBytes(static_cast<double>(count)); };
  QStringList facts{QString::fromStdString(entry.architecture)};
  if (entry.layers > 0) facts += LibraryPanel::tr("%1 layers").arg(entry.layers);
  if (entry.contextLength > 0)
    facts += LibraryPanel::tr("context of %1").arg(tokensText(entry.contextLength));
  if (entry.vocabSize > 0)
    facts += LibraryPanel::tr("vocabulary of %1").arg(QLocale().toString(entry.vocabSize));
  facts += entry.hasChatTemplate ? LibraryPanel::tr("chat template")
                                 : LibraryPanel::tr("no chat template");
  facts.removeAll(QString());
  const auto& memory = entry.memory;
  return QString::fromStdString(entry.path) + QLatin1Char('\n') +
         facts.join(QStringLiteral(" \u00B7 ")) + QLatin1Char('\n') +
         LibraryPanel::tr("Memory: weights %1, cache for %2 %3, working memory %4")
             .arg(bytes(memory.weightBytes), tokensText(static_cast<int>(memory.contextTokens)),
                  bytes(memory.cacheBytes), bytes(memory.workBytes));
}

}  // namespace

LibraryPanel::LibraryPanel(Services& services, QWidget* parent)
    : Panel(parent), library_(services.library) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHeader());
  views_ = new QStackedWidget;
  views_->addWidget(makeLocal());
  hub_ = new HubPage(services);
  views_->addWidget(hub_);
  cache_ = new CachePage(services);
  views_->addWidget(cache_);
  connect(&services.downloads, &DownloadQueue::finished, cache_, [this] {
    if (cache_->isVisible()) cache_->refresh();
  });
  layout->addWidget(views_, 1);
  connect(viewButtons_, &QButtonGroup::idClicked, this,
          [this](int view) { showView(static_cast<View>(view)); });
  connect(&library_, &LibraryModel::changed, this, &LibraryPanel::updateState);
  showView(kLocal);
  updateState();
}

void LibraryPanel::showView(View view) {
  views_->setCurrentIndex(view);
  viewButtons_->button(view)->setChecked(true);
  localTools_->setVisible(view == kLocal);
  if (view == kHub) hub_->activate();
  if (view == kCache) cache_->refresh();
  if (isVisible()) focusMain();
}

QWidget* LibraryPanel::makeLocal() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  auto* add = makeButton(tr("Add a folder"), "library.addFirst", "primary");
  connect(add, &QPushButton::clicked, this, &LibraryPanel::addFolder);
  pages_ = new QStackedWidget;
  pages_->addWidget(makeTable());
  pages_->addWidget(makeEmptyState("library", tr("No models found yet"),
                                   tr("Orrery looks in its data folder and in the Hugging Face "
                                      "cache. Drop a folder or a .gguf file here, add one, or "
                                      "find a model on the hub."),
                                   add));
  layout->addWidget(pages_, 1);
  note_ = makeLabel({}, "small");
  note_->setWordWrap(true);
  layout->addWidget(note_);
  return page;
}

QWidget* LibraryPanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Library"), "title"));
  row->addSpacing(12);
  viewButtons_ = new QButtonGroup(this);
  const std::pair<QString, const char*> views[] = {{tr("On this machine"), "library.viewLocal"},
                                                   {tr("Hub"), "library.viewHub"},
                                                   {tr("Cache"), "library.viewCache"}};
  for (const auto& [title, name] : views) {
    auto* button = ofKind(named(new QToolButton, name, title), "view");
    button->setText(title);
    button->setCheckable(true);
    button->setFocusPolicy(Qt::StrongFocus);
    viewButtons_->addButton(button, static_cast<int>(viewButtons_->buttons().size()));
    row->addWidget(button);
  }
  row->addStretch(1);
  row->addWidget(makeLocalTools());
  return header;
}

QWidget* LibraryPanel::makeLocalTools() {
  localTools_ = new QWidget;
  auto* row = new QHBoxLayout(localTools_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  filter_ = named(new QLineEdit, "library.filter", tr("Filter models"));
  filter_->setPlaceholderText(tr("Filter"));
  filter_->setClearButtonEnabled(true);
  filter_->setMaximumWidth(220);
  row->addWidget(filter_);
  auto* refresh = makeIconButton("retry", tr("Look again"), "library.refresh");
  connect(refresh, &QToolButton::clicked, &library_, &LibraryModel::refresh);
  row->addWidget(refresh);
  auto* addFile = makeButton(tr("Add file…"), "library.addFile");
  connect(addFile, &QPushButton::clicked, this, &LibraryPanel::addFile);
  row->addWidget(addFile);
  auto* add = makeButton(tr("Add folder…"), "library.addFolder");
  connect(add, &QPushButton::clicked, this, &LibraryPanel::addFolder);
  row->addWidget(add);
  return localTools_;
}

QWidget* LibraryPanel::makeTable() {
  auto* page = new QWidget;
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  sorted_ = new QSortFilterProxyModel(this);
  sorted_->setSourceModel(&library_);
  sorted_->setSortRole(LibraryModel::kSortRole);
  sorted_->setFilterCaseSensitivity(Qt::CaseInsensitive);
  sorted_->setFilterKeyColumn(-1);
  connect(filter_, &QLineEdit::textChanged, sorted_, &QSortFilterProxyModel::setFilterFixedString);
  table_ = named(new QTableView, "library.models", tr("Models"));
  table_->setModel(sorted_);
  table_->setSortingEnabled(true);
  table_->sortByColumn(LibraryModel::kName, Qt::AscendingOrder);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setShowGrid(false);
  table_->setTabKeyNavigation(false);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(38);
  auto* columns = table_->horizontalHeader();
  columns->setHighlightSections(false);
  columns->setSectionResizeMode(QHeaderView::ResizeToContents);
  columns->setSectionResizeMode(LibraryModel::kName, QHeaderView::Stretch);
  layout->addWidget(table_, 1);
  details_ = makeLabel({}, "muted");
  details_->setWordWrap(true);
  details_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  layout->addWidget(details_);

  auto* row = new QHBoxLayout;
  forget_ = makeButton(tr("Forget folder"), "library.forget", "flat");
  compare_ = makeButton(tr("Compare"), "library.compare");
  chat_ = makeButton(tr("Open in chat"), "library.chat", "primary");
  row->addWidget(forget_);
  row->addStretch(1);
  row->addWidget(compare_);
  row->addWidget(chat_);
  layout->addLayout(row);
  connect(chat_, &QPushButton::clicked, this, &LibraryPanel::openSelected);
  connect(table_, &QTableView::activated, this, &LibraryPanel::openSelected);
  connect(compare_, &QPushButton::clicked, this, [this] { emit openInCompare(selectedModel()); });
  connect(forget_, &QPushButton::clicked, this, [this] {
    const QString model = selectedModel();
    for (const QString& folder : library_.folders())
      if (model == folder || model.startsWith(folder + QLatin1Char('/')))
        library_.removeFolder(folder);
  });
  connect(table_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &LibraryPanel::updateState);
  return page;
}

QString LibraryPanel::selectedModel() const {
  const QModelIndexList rows = table_->selectionModel()->selectedRows();
  if (rows.isEmpty()) return {};
  return QString::fromStdString(library_.model(sorted_->mapToSource(rows.first()).row()).path);
}

void LibraryPanel::openSelected() {
  const QString model = selectedModel();
  if (!model.isEmpty()) emit openAsked(model);
}

void LibraryPanel::addFolder() {
  const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder with models"));
  if (!folder.isEmpty()) library_.addFolders({folder});
}

void LibraryPanel::addFile() {
  const QStringList files = QFileDialog::getOpenFileNames(
      this, tr("Model files"), {}, tr("GGUF models (*.gguf);;All files (*)"));
  if (!files.isEmpty()) library_.addFolders(files);
}

void LibraryPanel::focusMain() {
  if (views_->currentIndex() == kHub) return hub_->focusSearch();
  if (views_->currentIndex() == kCache) return cache_->focusList();
  (table_->isVisible() ? static_cast<QWidget*>(table_) : filter_)->setFocus();
}

void LibraryPanel::updateState() {
  if (!table_->currentIndex().isValid() && sorted_->rowCount() > 0)
    table_->selectRow(0);  // so that Enter and the buttons work at once
  const QString model = selectedModel();
  const auto* entry = library_.find(model);
  const bool pictures = entry && looksAtPictures(*entry);
  chat_->setText(pictures ? tr("Open in Vision") : tr("Open in chat"));
  chat_->setAccessibleName(chat_->text());
  chat_->setEnabled(entry != nullptr);
  compare_->setEnabled(entry && !pictures);
  details_->setText(entry ? details(*entry) : QString());
  forget_->setVisible(entry && entry->source == "folder");
  const bool empty = library_.models().empty() && !library_.busy();
  pages_->setCurrentIndex(empty ? kEmpty : kModels);
  QStringList notes;
  if (library_.busy()) notes += tr("Looking for models…");
  if (!library_.error().isEmpty()) notes += library_.error();
  for (const auto& problem : library_.problems())
    notes += QString::fromStdString(problem.message.starts_with(problem.path)
                                        ? problem.message
                                        : problem.path + ": " + problem.message);
  constexpr int kShown = 4;
  if (notes.size() > kShown) {
    const auto hidden = notes.size() - kShown;
    notes = notes.first(kShown);
    notes += tr("and %1 more that could not be read").arg(hidden);
  }
  note_->setText(notes.join(QLatin1Char('\n')));
  note_->setVisible(!notes.isEmpty());
}

}  // namespace orrery::ui
