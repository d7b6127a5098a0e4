#include "ui/hub/filter_chips.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <algorithm>
#include <utility>

#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr const char* kNames[] = {"library.filterTask",    "library.filterLibrary",
                                  "library.filterLicense", "library.filterSize",
                                  "library.filterGated",   "library.filterLanguage"};

QString titleOf(int filter) {
  const QString titles[] = {FilterChips::tr("Task"),    FilterChips::tr("Library"),
                            FilterChips::tr("Licence"), FilterChips::tr("Parameters"),
                            FilterChips::tr("Access"),  FilterChips::tr("Language")};
  return titles[filter];
}

QStringList usualValues(int filter) {
  switch (filter) {
    case FilterChips::kTask:
      return {"text-generation",      "text-classification",          "token-classification",
              "question-answering",   "feature-extraction",           "fill-mask",
              "image-classification", "automatic-speech-recognition", "image-text-to-text"};
    case FilterChips::kLibrary:
      return {"transformers", "gguf", "safetensors", "sentence-transformers"};
    case FilterChips::kLicense:
      return {"apache-2.0", "mit", "cc-by-4.0", "llama3", "gemma"};
    case FilterChips::kSize:
      return {":500M", "500M:2B", "2B:8B", "8B:32B", "32B:"};
    case FilterChips::kGated:
      return {"none", "only"};
    default:
      return {"en", "de", "fr", "es", "zh", "ja", "multilingual"};
  }
}

QString shownValue(int filter, const QString& value) {
  if (filter == FilterChips::kGated)
    return value == QLatin1String("only") ? FilterChips::tr("gated only")
                                          : FilterChips::tr("open only");
  if (filter != FilterChips::kSize) return value;
  const QString least = value.section(QLatin1Char(':'), 0, 0);
  const QString most = value.section(QLatin1Char(':'), 1);
  if (least.isEmpty()) return FilterChips::tr("up to %1").arg(most);
  if (most.isEmpty()) return FilterChips::tr("%1 or more").arg(least);
  return FilterChips::tr("%1 to %2").arg(least, most);
}

double parametersOf(const QString& text) {
  return text.chopped(1).toDouble() * (text.endsWith(QLatin1Char('B')) ? 1e9 : 1e6);
}

bool isInRange(std::int64_t parameters, const QString& range) {
  const QString least = range.section(QLatin1Char(':'), 0, 0);
  const QString most = range.section(QLatin1Char(':'), 1);
  const auto count = static_cast<double>(parameters);
  return parameters > 0 && (least.isEmpty() || count >= parametersOf(least)) &&
         (most.isEmpty() || count <= parametersOf(most));
}

}  // namespace

FilterChips::FilterChips(QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(6);
  for (int i = 0; i < kFilterCount; ++i) {
    auto* chip = ofKind(named(new QToolButton, kNames[i], titleOf(i)), "chip");
    chip->setPopupMode(QToolButton::InstantPopup);
    chip->setToolButtonStyle(Qt::ToolButtonTextOnly);
    chip->setFocusPolicy(Qt::StrongFocus);
    chip->setCheckable(true);
    auto* menu = new QMenu(chip);
    chip->setMenu(menu);
    connect(menu, &QMenu::aboutToShow, this, [this, i] { fillMenu(static_cast<Filter>(i)); });
    connect(menu, &QMenu::aboutToHide, this, &FilterChips::showValues);
    chips_[i] = chip;
    row->addWidget(chip);
  }
  clear_ = makeButton(tr("Clear filters"), "library.clearFilters", "flat");
  connect(clear_, &QPushButton::clicked, this, &FilterChips::clear);
  row->addWidget(clear_);
  row->addStretch(1);
  showValues();
}

std::map<QString, int> FilterChips::counts(Filter filter) const {
  std::map<QString, int> result;
  if (!found_) return result;
  for (const protocol::HubModel& model : *found_) {
    if (filter == kTask && !model.task.empty()) ++result[QString::fromStdString(model.task)];
    if (filter == kLibrary && !model.library.empty())
      ++result[QString::fromStdString(model.library)];
    if (filter == kLicense && !model.license.empty())
      ++result[QString::fromStdString(model.license)];
    if (filter == kGated) ++result[model.gated.empty() ? "none" : "only"];
    if (filter == kSize)
      for (const QString& range : usualValues(kSize))
        if (isInRange(model.parameters, range)) ++result[range];
    if (filter == kLanguage)
      for (const QString& language : usualValues(kLanguage))
        if (std::find(model.tags.begin(), model.tags.end(), language.toStdString()) !=
            model.tags.end())
          ++result[language];
  }
  return result;
}

void FilterChips::fillMenu(Filter filter) {
  QMenu* menu = chips_[filter]->menu();
  menu->clear();
  const auto found = counts(filter);
  QStringList values = usualValues(filter);
  for (const auto& [value, count] : found)
    if (!values.contains(value)) values += value;
  auto* group = new QActionGroup(menu);
  const auto add = [&](const QString& text, const QString& value) {
    auto* action = menu->addAction(text);
    action->setCheckable(true);
    action->setChecked(values_[filter] == value);
    group->addAction(action);
    connect(action, &QAction::triggered, this, [this, filter, value] { set(filter, value); });
  };
  add(tr("Any"), {});
  menu->addSeparator();
  for (const QString& value : values) {
    const auto count = found.find(value);
    const QString shown = shownValue(filter, value);
    add(count == found.end() ? shown : QStringLiteral("%1\t%2").arg(shown).arg(count->second),
        value);
  }
  menu->addSeparator();
  auto* note = menu->addAction(tr("Counts are of the models found so far"));
  note->setEnabled(false);
}

void FilterChips::set(Filter filter, const QString& value) {
  if (values_[filter] == value) return;
  values_[filter] = value;
  showValues();
  emit changed();
}

void FilterChips::clear() {
  if (!any()) return;
  for (QString& value : values_) value.clear();
  showValues();
  emit changed();
}

bool FilterChips::any() const {
  return std::any_of(std::begin(values_), std::end(values_),
                     [](const QString& value) { return !value.isEmpty(); });
}

void FilterChips::showValues() {
  for (int i = 0; i < kFilterCount; ++i) {
    const bool set = !values_[i].isEmpty();
    const QString text = set ? tr("%1: %2").arg(titleOf(i), shownValue(i, values_[i])) : titleOf(i);
    chips_[i]->setText(text + QStringLiteral("  \u25BE"));
    chips_[i]->setAccessibleName(text);
    chips_[i]->setChecked(set);
  }
  clear_->setVisible(any());
}

void FilterChips::applyTo(protocol::SearchHubParams& query) const {
  query.task = values_[kTask].toStdString();
  query.library = values_[kLibrary].toStdString();
  query.license = values_[kLicense].toStdString();
  query.gated = values_[kGated].toStdString();
  query.atLeastParameters = values_[kSize].section(QLatin1Char(':'), 0, 0).toStdString();
  query.atMostParameters = values_[kSize].section(QLatin1Char(':'), 1).toStdString();
  query.languages.clear();
  if (!values_[kLanguage].isEmpty()) query.languages.push_back(values_[kLanguage].toStdString());
}

}  // namespace orrery::ui
