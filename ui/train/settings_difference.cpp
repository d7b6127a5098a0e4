#include "ui/train/settings_difference.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QTableWidget>
#include <QVBoxLayout>

#include "ui/train/train_document.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

SettingsDifference::SettingsDifference(const RunEntry& first, const RunEntry& second,
                                       QWidget* parent)
    : QDialog(parent) {
  named(this, "train.difference", tr("Settings that differ"));
  setWindowTitle(tr("Settings of %1 and %2").arg(first.name(), second.name()));
  resize(640, 420);
  const auto differences = settingDifferences(first.settings, second.settings);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(makeLabel(
      differences.empty() ? tr("Both runs have the same settings.")
                          : tr("Only settings that differ; a dash is one that is not said."),
      "muted"));
  auto* table = named(new QTableWidget(static_cast<int>(differences.size()), 3),
                      "train.differences", tr("Settings that differ"));
  table->setHorizontalHeaderLabels({tr("Setting"), first.name(), second.name()});
  table->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table->setSelectionBehavior(QAbstractItemView::SelectRows);
  table->verticalHeader()->hide();
  table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  for (int row = 0; row < table->rowCount(); ++row) {
    const SettingDifference& one = differences[static_cast<std::size_t>(row)];
    const QString cells[] = {one.name, one.first, one.second};
    for (int column = 0; column < 3; ++column)
      table->setItem(
          row, column,
          new QTableWidgetItem(cells[column].isEmpty() ? QStringLiteral("\u2013") : cells[column]));
  }
  layout->addWidget(table, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
}

}  // namespace orrery::ui
