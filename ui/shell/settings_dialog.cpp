#include "ui/shell/settings_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFormLayout>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/base/file.h"
#include "ui/library/library_model.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

SettingsDialog::SettingsDialog(const ThemeController& theme, LibraryModel& library, QWidget* parent)
    : QDialog(parent), library_(library) {
  setWindowTitle(tr("Settings"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(12);
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(18);
  auto* themes = named(new QComboBox, "settings.theme", tr("Theme"));
  themes->addItems({tr("Like the system"), tr("Light"), tr("Dark")});
  themes->setCurrentIndex(static_cast<int>(theme.mode()));
  form->addRow(tr("Theme"), themes);
  auto* sizes = named(new QComboBox, "settings.textSize", tr("Text size"));
  for (const int percent : {85, 100, 115, 130, 150, 175}) {
    sizes->addItem(tr("%1 %").arg(percent), percent);
    if (percent == theme.textSize()) sizes->setCurrentIndex(sizes->count() - 1);
  }
  form->addRow(tr("Text size"), sizes);
  connect(sizes, &QComboBox::activated, this,
          [this, sizes] { emit textSizeChosen(sizes->currentData().toInt()); });
  auto* data = makeLabel(QString::fromStdString(dataFolder().string()), "muted");
  data->setTextInteractionFlags(Qt::TextSelectableByMouse);
  form->addRow(tr("Data folder"), data);
  layout->addLayout(form);
  layout->addWidget(makeLabel(tr("Folders with models"), "heading"));
  folders_ = named(new QListWidget, "settings.folders", tr("Folders with models"));
  folders_->setMinimumSize(460, 120);
  layout->addWidget(folders_, 1);
  auto* row = new QHBoxLayout;
  auto* add = makeButton(tr("Add folder…"), "settings.addFolder");
  auto* remove = makeButton(tr("Remove"), "settings.removeFolder");
  row->addWidget(add);
  row->addWidget(remove);
  row->addStretch(1);
  layout->addLayout(row);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  buttons->button(QDialogButtonBox::Close)->setIcon({});
  named(buttons->button(QDialogButtonBox::Close), "settings.close", tr("Close"));
  layout->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(themes, &QComboBox::activated, this,
          [this](int index) { emit themeChosen(static_cast<ThemeMode>(index)); });
  connect(add, &QPushButton::clicked, this, [this] {
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Folder with models"));
    if (!folder.isEmpty()) library_.addFolders({folder});
    fillFolders();
  });
  remove->setEnabled(false);
  connect(folders_, &QListWidget::currentRowChanged, remove,
          [remove](int row) { remove->setEnabled(row >= 0); });
  connect(remove, &QPushButton::clicked, this, [this] {
    if (const auto* item = folders_->currentItem()) library_.removeFolder(item->text());
    fillFolders();
  });
  fillFolders();
}

void SettingsDialog::fillFolders() {
  folders_->clear();
  folders_->addItems(library_.folders());
}

}  // namespace orrery::ui
