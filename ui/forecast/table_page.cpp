#include "ui/forecast/table_page.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QTableView>
#include <QVBoxLayout>
#include <utility>

#include "ui/forecast/preview_model.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kMostSkipped = 100000;

using Choices = std::vector<std::pair<QString, QVariant>>;

// Refills a box, whose first entry says what is found where nothing is chosen.
void refill(QComboBox& box, const QString& found, const Choices& choices) {
  const QSignalBlocker quiet(&box);
  box.clear();
  box.addItem(TablePage::tr("Found: %1").arg(found), QVariant());
  for (const auto& [text, value] : choices) box.addItem(text, value);
}

void select(QComboBox& box, const QVariant& value) {
  const QSignalBlocker quiet(&box);
  if (value.isValid()) box.setItemText(0, TablePage::tr("As found"));  // what is, is not known now
  if (value.isValid() && box.findData(value) < 0) box.addItem(value.toString(), value);
  box.setCurrentIndex(value.isValid() ? box.findData(value) : 0);
}

QString textOf(const Json& layout, const char* key) {
  return QString::fromStdString(layout.value(key, std::string()));
}

QVariant chosenText(const Json& settings, const char* key) {
  const auto found = settings.find(key);
  if (found == settings.end() || !found->is_string()) return {};
  return QString::fromStdString(found->get<std::string>());
}

Choices delimiters() {
  return {{TablePage::tr("Comma"), QStringLiteral(",")},
          {TablePage::tr("Semicolon"), QStringLiteral(";")},
          {TablePage::tr("Tab"), QStringLiteral("tab")},
          {TablePage::tr("Space"), QStringLiteral("space")},
          {TablePage::tr("Bar"), QStringLiteral("|")}};
}

Choices timeForms() {
  return {{TablePage::tr("Year, month, day"), QStringLiteral("ymd")},
          {TablePage::tr("Day, month, year"), QStringLiteral("dmy")},
          {TablePage::tr("Month, day, year"), QStringLiteral("mdy")},
          {TablePage::tr("Seconds since 1970"), QStringLiteral("s")},
          {TablePage::tr("Milliseconds since 1970"), QStringLiteral("ms")},
          {TablePage::tr("Microseconds since 1970"), QStringLiteral("us")},
          {TablePage::tr("Nanoseconds since 1970"), QStringLiteral("ns")}};
}

// How a choice calls a value; the value itself if it does not.
QString nameOf(const Choices& choices, const QString& value) {
  for (const auto& [text, data] : choices)
    if (data.toString() == value) return text;
  return value;
}

}  // namespace

TablePage::TablePage(QWidget* parent) : QWidget(parent), preview_(new PreviewModel(this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(10);
  layout->addWidget(makeControls());
  problems_ = named(makeLabel({}, "danger"), "forecast.tableProblems", tr("What is wrong with it"));
  problems_->setWordWrap(true);
  problems_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  problems_->hide();
  layout->addWidget(problems_);
  view_ = named(new QTableView, "forecast.preview", tr("First rows of the table"));
  view_->setModel(preview_);
  view_->setTabKeyNavigation(false);
  view_->verticalHeader()->hide();
  view_->verticalHeader()->setDefaultSectionSize(view_->fontMetrics().height() + 8);
  layout->addWidget(view_, 1);
}

QComboBox* TablePage::addChoice(QFormLayout& form, const char* objectName, const QString& label) {
  auto* box = named(new QComboBox, objectName, label);
  box->setMinimumContentsLength(6);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  form.addRow(label, box);
  connect(box, &QComboBox::activated, this, &TablePage::choose);
  return box;
}

QWidget* TablePage::makeControls() {
  auto* controls = new QWidget;
  auto* row = new QHBoxLayout(controls);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(16);
  QFormLayout* forms[3];
  for (QFormLayout*& form : forms) {
    form = new QFormLayout;
    form->setVerticalSpacing(6);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    row->addLayout(form, 1);
  }
  delimiter_ = addChoice(*forms[0], "forecast.delimiter", tr("Delimiter"));
  decimal_ = addChoice(*forms[0], "forecast.decimal", tr("Decimals"));
  encoding_ = addChoice(*forms[0], "forecast.encoding", tr("Encoding"));
  const auto count = [&](QSpinBox*& box, const char* objectName, const QString& label) {
    box = named(new QSpinBox, objectName, label);
    box->setRange(-1, kMostSkipped);
    box->setSpecialValueText(tr("Found"));
    box->setKeyboardTracking(false);
    forms[1]->addRow(label, box);
    connect(box, &QSpinBox::valueChanged, this, &TablePage::choose);
  };
  header_ = addChoice(*forms[1], "forecast.header", tr("Names"));
  count(skip_, "forecast.skipRows", tr("Lines skipped"));
  count(units_, "forecast.skipUnits", tr("Units skipped"));
  time_ = addChoice(*forms[2], "forecast.time", tr("Times in"));
  timeOfDay_ = addChoice(*forms[2], "forecast.timeOfDay", tr("Time of day"));
  form_ = addChoice(*forms[2], "forecast.timeForm", tr("Written as"));
  return controls;
}

void TablePage::fillChoices(const protocol::OpenTableResult& table) {
  const Json layout = table.layout.is_object() ? table.layout : Json::object();
  refill(*delimiter_, nameOf(delimiters(), textOf(layout, "delimiter")), delimiters());
  const Choices decimals{{tr("Point"), QStringLiteral(".")}, {tr("Comma"), QStringLiteral(",")}};
  refill(*decimal_, nameOf(decimals, textOf(layout, "decimal")), decimals);
  Choices encodings;
  for (const char* name : {"utf-8", "utf-16-le", "utf-16-be", "latin-1"})
    encodings.emplace_back(QString::fromLatin1(name), QString::fromLatin1(name));
  refill(*encoding_, textOf(layout, "encoding"), encodings);
  const bool header = layout.value("header", true);
  refill(*header_, header ? tr("in the first row") : tr("none"),
         {{tr("In the first row"), true}, {tr("None"), false}});
  Choices columns;
  for (const auto& column : table.columns) {
    const QString name = QString::fromStdString(column.name);
    columns.emplace_back(name, name);
  }
  const auto times = layout.value("time_columns", std::vector<std::string>());
  const auto foundTime = [&](std::size_t i) {
    return i < times.size() ? QString::fromStdString(times[i]) : tr("none");
  };
  refill(*timeOfDay_, foundTime(1), columns);
  columns.insert(columns.begin(), {tr("No times"), QString()});
  refill(*time_, foundTime(0), columns);
  refill(*form_, nameOf(timeForms(), textOf(layout, "time_form")), timeForms());
  // A Parquet file says itself how its cells are made, and most often what its times are.
  const bool text = textOf(layout, "format") != QStringLiteral("parquet");
  for (QWidget* box :
       std::initializer_list<QWidget*>{delimiter_, decimal_, encoding_, header_, skip_, units_})
    box->setEnabled(text);
  form_->setEnabled(!times.empty() && (text || layout.contains("time_form")));
}

void TablePage::showSettings(const Json& settings) {
  settings_ = settings;
  select(*delimiter_, chosenText(settings, "delimiter"));
  select(*decimal_, chosenText(settings, "decimal"));
  select(*encoding_, chosenText(settings, "encoding"));
  select(*form_, chosenText(settings, "time_form"));
  const auto header = settings.find("header");
  select(*header_, header == settings.end() ? QVariant() : QVariant(header->get<bool>()));
  const auto times = settings.find("time_columns");
  std::vector<std::string> names;
  if (times != settings.end()) names = times->get<std::vector<std::string>>();
  select(*time_, times == settings.end()
                     ? QVariant()
                     : QVariant(names.empty() ? QString() : QString::fromStdString(names[0])));
  select(*timeOfDay_, names.size() < 2 ? QVariant() : QVariant(QString::fromStdString(names[1])));
  for (const auto& [box, key] : {std::pair{skip_, "skip_rows"}, {units_, "skip_after_header"}}) {
    const QSignalBlocker quiet(box);
    box->setValue(settings.value(key, -1));
  }
  timeOfDay_->setEnabled(time_->currentIndex() > 1);
}

void TablePage::showTable(const protocol::OpenTableResult& table, const Json& settings) {
  fillChoices(table);
  showSettings(settings);
  preview_->setTable(table);
  view_->resizeColumnsToContents();
  QStringList problems;
  for (const std::string& problem : table.problems) problems += QString::fromStdString(problem);
  problems_->setText(problems.join(QLatin1Char('\n')));
  problems_->setVisible(!problems.isEmpty());
}

void TablePage::showUnread(const Json& settings) {
  fillChoices({});
  showSettings(settings);
  problems_->hide();
  preview_->setTable({});
}

// Settings that have no control here stay.
Json TablePage::chosen() const {
  Json settings = settings_;
  const auto put = [&settings](const char* key, const QVariant& value) {
    settings.erase(key);
    if (value.isValid()) settings[key] = value.toString().toStdString();
  };
  put("delimiter", delimiter_->currentData());
  put("decimal", decimal_->currentData());
  put("encoding", encoding_->currentData());
  put("time_form", form_->currentData());
  settings.erase("header");
  if (header_->currentData().isValid()) settings["header"] = header_->currentData().toBool();
  settings.erase("time_columns");
  if (time_->currentData().isValid()) {
    settings["time_columns"] = Json::array();
    for (const QComboBox* box : {time_, timeOfDay_})
      if (!box->currentData().toString().isEmpty())
        settings["time_columns"].push_back(box->currentData().toString().toStdString());
  }
  for (const auto& [box, key] : {std::pair{skip_, "skip_rows"}, {units_, "skip_after_header"}}) {
    settings.erase(key);
    if (box->value() >= 0) settings[key] = box->value();
  }
  return settings;
}

void TablePage::choose() {
  timeOfDay_->setEnabled(time_->currentIndex() > 1);
  const Json settings = chosen();
  if (settings != settings_) emit settingsChosen(settings);
}

}  // namespace orrery::ui
