#include "ui/compare/compare_panel.h"

#include <QFileDialog>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSettings>
#include <QSpinBox>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/base/file.h"
#include "ui/compare/column_widget.h"
#include "ui/compare/compare_runner.h"
#include "ui/library/library_model.h"
#include "ui/plots/token_curves.h"
#include "ui/widgets/picture_strip.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr std::size_t kFewest = 2;
constexpr std::size_t kMost = 4;
constexpr int kFrameMilliseconds = 50;
constexpr auto kColumnsKey = "compare/columns";
constexpr auto kSeedKey = "compare/seed";

}  // namespace

ComparePanel::ComparePanel(Services& services, QWidget* parent)
    : Panel(parent), services_(services), runner_(new CompareRunner(services, this)) {
  ofKind(this, "page");
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  layout->addWidget(makeHeader());
  layout->addWidget(makePrompt());
  auto* splitter = new QSplitter(Qt::Vertical);
  splitter->setChildrenCollapsible(false);
  splitter->setHandleWidth(10);
  auto* columns = new QWidget;
  columnsLayout_ = new QHBoxLayout(columns);
  columnsLayout_->setContentsMargins(0, 0, 0, 0);
  columnsLayout_->setSpacing(12);
  curves_ = new TokenCurves;
  splitter->addWidget(columns);
  splitter->addWidget(curves_);
  splitter->setSizes({580, 420});
  splitter->setStretchFactor(0, 3);
  splitter->setStretchFactor(1, 2);
  layout->addWidget(splitter, 1);
  frame_.setSingleShot(true);
  frame_.setInterval(kFrameMilliseconds);
  connect(&frame_, &QTimer::timeout, this, &ComparePanel::draw);
  connect(runner_, &CompareRunner::columnChanged, this, &ComparePanel::onColumnChanged);
  connect(runner_, &CompareRunner::busyChanged, this, &ComparePanel::updateActions);
  connect(curves_, &TokenCurves::placeHovered, this, &ComparePanel::showPlace);
  connect(&services_.library, &LibraryModel::changed, this, [this] {
    for (std::size_t i = 0; i < columns_.size(); ++i)
      if (runner_->state().columns[i].model.isEmpty() && !services_.library.models().empty())
        columns_[i]->setModel(QString::fromStdString(services_.library.models().front().path));
  });
  loadColumns();
  rebuildColumns();
}

QWidget* ComparePanel::makeHeader() {
  auto* header = new QWidget;
  auto* row = new QHBoxLayout(header);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(makeLabel(tr("Compare"), "title"));
  row->addStretch(1);
  row->addWidget(makeLabel(tr("Seed"), "muted"));
  seed_ = named(new QSpinBox, "compare.seed", tr("Seed shared by all columns"));
  seed_->setRange(0, std::numeric_limits<int>::max());
  seed_->setValue(services_.settings.value(QString::fromLatin1(kSeedKey), 1).toInt());
  seed_->setMinimumWidth(90);
  row->addWidget(seed_);
  add_ = makeButton(tr("Add column"), "compare.addColumn");
  export_ = makeButton(tr("Export…"), "compare.export");
  row->addWidget(add_);
  row->addWidget(export_);
  connect(add_, &QPushButton::clicked, this, &ComparePanel::addColumn);
  connect(export_, &QPushButton::clicked, this, &ComparePanel::exportResults);
  connect(seed_, &QSpinBox::valueChanged, this,
          [this](int seed) { services_.settings.setValue(QString::fromLatin1(kSeedKey), seed); });
  return header;
}

QWidget* ComparePanel::makePrompt() {
  QBoxLayout* layout = nullptr;
  auto* card = makeCard(layout);
  auto* row = new QHBoxLayout;
  prompt_ =
      ofKind(named(new QPlainTextEdit, "compare.prompt", tr("Prompt for all columns")), "composer");
  prompt_->setPlaceholderText(tr("One prompt for every column. Ctrl+Enter runs it."));
  prompt_->setTabChangesFocus(true);
  prompt_->setFixedHeight(56);
  pictures_ = new PictureStrip("compare.picture", PictureStrip::Use::kChange, card);
  pictures_->serve(prompt_);
  pictures_->takeDropsOn(this);
  layout->addWidget(pictures_);
  auto* attach = makeIconButton("vision", tr("Attach pictures"), "compare.attach");
  showFocusOnCard(prompt_, card);
  run_ = makeButton(tr("Run"), "compare.run", "primary");
  run_->setMinimumWidth(84);
  row->addWidget(prompt_, 1);
  row->addWidget(attach, 0, Qt::AlignBottom);
  row->addWidget(run_, 0, Qt::AlignBottom);
  layout->addLayout(row);
  connect(prompt_, &QPlainTextEdit::textChanged, this, &ComparePanel::updateActions);
  connect(pictures_, &PictureStrip::changed, this, &ComparePanel::updateActions);
  connect(attach, &QToolButton::clicked, pictures_, &PictureStrip::askForFiles);
  connect(run_, &QPushButton::clicked, this, [this] {
    if (runner_->busy())
      stop();
    else
      run();
  });
  return card;
}

void ComparePanel::rebuildColumns() {
  for (ColumnWidget* old : columns_) old->deleteLater();
  columns_.clear();
  auto& state = runner_->state();
  for (std::size_t i = 0; i < state.columns.size(); ++i) {
    auto* column = new ColumnWidget(static_cast<int>(i), services_.library, services_.decoding);
    columns_.push_back(column);
    columnsLayout_->addWidget(column, 1);
    column->setRemovable(state.columns.size() > kFewest);
    if (!state.columns[i].model.isEmpty()) column->setModel(state.columns[i].model);
    connect(column, &ColumnWidget::modelChosen, this, [this, i](const QString& model) {
      runner_->state().columns[i].model = model;
      saveColumns();
      updateActions();
    });
    connect(column, &ColumnWidget::decodingEdited, this,
            [this, i](const DecodingSettings& decoding) {
              runner_->state().columns[i].decoding = decoding;
              saveColumns();
              onColumnChanged(static_cast<int>(i));
            });
    connect(column, &ColumnWidget::placeHovered, this, [this](int place) {
      curves_->showPlace(place);
      showPlace(place);
    });
    connect(column, &ColumnWidget::runAsked, this, [this, i] { runner_->runColumn(i); });
    connect(
        column, &ColumnWidget::removeAsked, this, [this, i] { removeColumn(static_cast<int>(i)); },
        Qt::QueuedConnection);
    onColumnChanged(static_cast<int>(i));
  }
  updateActions();
}

void ComparePanel::addColumn() {
  auto& state = runner_->state();
  if (state.columns.size() >= kMost || runner_->busy()) return;
  CompareColumn column;
  column.model = state.columns.empty() ? QString() : state.columns.back().model;
  state.columns.push_back(column);
  saveColumns();
  rebuildColumns();
}

void ComparePanel::removeColumn(int column) {
  if (runner_->state().columns.size() <= kFewest) return;
  runner_->removeColumn(static_cast<std::size_t>(column));
  saveColumns();
  rebuildColumns();
}

void ComparePanel::setModel(const QString& model) {
  for (ColumnWidget* column : columns_) column->setModel(model);
}

void ComparePanel::setPrompt(const QString& prompt) {
  prompt_->setPlainText(prompt);
  prompt_->moveCursor(QTextCursor::End);
}

void ComparePanel::attach(const QStringList& pictures) {
  pictures_->add(pictures);
}

void ComparePanel::run() {
  if (!run_->isEnabled() || runner_->busy()) return;
  runner_->state().prompt = prompt_->toPlainText();
  runner_->state().pictures = pictures_->pictures();
  runner_->state().seed = seed_->value();
  runner_->run();
}

void ComparePanel::focusMain() {
  prompt_->setFocus();
}

void ComparePanel::stop() {
  runner_->stop();
}

void ComparePanel::onColumnChanged(int column) {
  stale_.insert(column);
  if (!frame_.isActive()) frame_.start();
}

void ComparePanel::draw() {
  const int divergence = firstDivergence(runner_->state());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const bool marked = divergence >= 0 && !runner_->state().columns[i].tokens.empty();
    if (stale_.count(static_cast<int>(i)) > 0 || marked)
      columns_[i]->show(runner_->state().columns[i], marked ? divergence : -1);
  }
  stale_.clear();
  drawCurves(divergence);
  updateActions();
}

void ComparePanel::drawCurves(int divergence) {
  std::vector<TokenCurve> curves;
  for (std::size_t i = 0; i < runner_->state().columns.size(); ++i) {
    TokenCurve curve;
    curve.name = columnName(runner_->state(), i);
    double sum = 0;
    for (const ShownToken& token : runner_->state().columns[i].tokens) {
      sum += token.logprob;
      curve.probability.push_back(std::exp(token.logprob));
      curve.entropy.push_back(token.entropy);
      curve.cumulativeLogprob.push_back(sum);
    }
    curves.push_back(std::move(curve));
  }
  curves_->setData(std::move(curves), divergence);
}

void ComparePanel::showPlace(int place) {
  for (ColumnWidget* column : columns_) column->highlightToken(place);
}

void ComparePanel::updateActions() {
  const auto& columns = runner_->state().columns;
  const bool busy = runner_->busy();
  bool models = !columns.empty();
  bool results = false;
  for (const CompareColumn& column : columns) {
    models = models && !column.model.isEmpty();
    results = results || !column.tokens.empty();
  }
  run_->setText(busy ? tr("Stop") : tr("Run"));
  run_->setAccessibleName(run_->text());
  run_->setEnabled(busy || (models && !(prompt_->toPlainText().trimmed().isEmpty() &&
                                        pictures_->pictures().isEmpty())));
  add_->setEnabled(columns.size() < kMost && !busy);
  export_->setEnabled(results);
}

void ComparePanel::exportResults() {
  if (!export_->isEnabled()) return;
  const QString path = QFileDialog::getSaveFileName(
      this, tr("Export the results"), QStringLiteral("comparison.json"),
      tr("JSON, with every token (*.json);;CSV, a row per token (*.csv);;Picture of the curves "
         "(*.png)"));
  if (path.isEmpty()) return;
  try {
    writeResults(path);
  } catch (const Error& error) {
    emit failed(QString::fromUtf8(error.what()));
  }
}

void ComparePanel::writeResults(const QString& path) {
  if (path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive)) {
    if (!curves_->writeImage(path))
      throw Error(ErrorKind::kIo, "{}: could not be written as an image", path.toStdString());
    return;
  }
  const bool csv = path.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive);
  const QByteArray bytes = csv ? toCsv(runner_->state()) : toJsonDocument(runner_->state());
  writeFileAtomically(path.toStdString(),
                      {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

void ComparePanel::saveColumns() const {
  Json list = Json::array();
  for (const CompareColumn& column : runner_->state().columns)
    list.push_back({{"model", column.model.toStdString()}, {"decoding", toJson(column.decoding)}});
  services_.settings.setValue(QString::fromLatin1(kColumnsKey),
                              QString::fromStdString(list.dump()));
}

void ComparePanel::loadColumns() {
  auto& columns = runner_->state().columns;
  const QString text = services_.settings.value(QString::fromLatin1(kColumnsKey)).toString();
  try {
    const Json list = text.isEmpty() ? Json::array() : parseJson(text.toStdString(), "settings");
    for (const Json& entry : list) {
      if (!entry.is_object() || columns.size() >= kMost) continue;
      CompareColumn column;
      column.model = QString::fromStdString(entry.value("model", ""));
      column.decoding = decodingFromJson(entry.value("decoding", Json::object()));
      columns.push_back(column);
    }
  } catch (const std::exception&) {
    columns.clear();  // columns that cannot be read begin as new ones
  }
  for (const char* preset : {"Greedy", "Balanced"})
    if (columns.size() < kFewest) {
      CompareColumn column;
      column.decoding = services_.decoding.preset(QString::fromLatin1(preset));
      columns.push_back(column);
    }
}

}  // namespace orrery::ui
