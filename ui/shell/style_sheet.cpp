#include "ui/shell/style_sheet.h"

#include <QApplication>
#include <utility>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

// Spacing is in steps of 4 px, corners are 6 px; @names are the colours of Theme. Widgets ask for a
// variant by the dynamic property "kind".
constexpr auto kSheet = R"(
QMainWindow, QDialog { background: @window; }
QMainWindow::separator { background: @border; width: 1px; height: 1px; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }

QMenuBar { background: @window; border-bottom: 1px solid @border; padding: 2px 6px; }
QMenuBar::item { padding: 4px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: @raised; }
QMenu { background: @surface; border: 1px solid @border; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 12px; border-radius: 5px; }
QMenu::item:selected { background: @accentSoft; color: @text; }
QMenu::item:disabled { color: @muted; }
QMenu::separator { height: 1px; background: @border; margin: 5px 6px; }

QDockWidget { titlebar-close-icon: none; font-weight: 600; }
QDockWidget::title { background: @window; padding: 9px 12px 7px 14px; border-bottom: 1px solid @border; }
QTabBar::tab { padding: 7px 14px; border: none; border-bottom: 2px solid transparent; color: @muted; background: transparent; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:hover:!selected { color: @text; }
QTabWidget::pane { border: none; }
QStatusBar { background: @window; border-top: 1px solid @border; color: @muted; }
QStatusBar::item { border: none; }

QPushButton { background: @surface; border: 1px solid @border; border-radius: 6px; padding: 6px 14px; }
QPushButton:hover { background: @raised; }
QPushButton:pressed { background: @border; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton:disabled { color: @muted; background: transparent; }
QPushButton[kind="primary"] { background: @accent; color: @onAccent; border: 1px solid @accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: @accentHover; }
QPushButton[kind="primary"]:focus { border: 1px solid @text; }
QPushButton[kind="primary"]:disabled { background: @raised; color: @muted; border: 1px solid @border; }
QPushButton[kind="danger"] { color: @danger; }
QPushButton[kind="flat"] { border: 1px solid transparent; background: transparent; padding: 5px 10px; }
QPushButton[kind="flat"]:hover { background: @raised; }
QPushButton[kind="flat"]:focus { border: 1px solid @accent; }
QPushButton[kind="choice"] { text-align: left; padding: 5px 8px; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 4px; background: transparent; }
QToolButton:hover { background: @raised; }
QToolButton:checked { background: @accentSoft; color: @text; }
QToolButton::menu-indicator { image: none; }
QToolButton[kind="rail"] { padding: 8px 2px 6px 2px; border-radius: 8px; color: @muted; font-size: @small; }
QToolButton[kind="rail"]:checked { background: @accentSoft; color: @text; }
QToolButton[kind="rail"]:focus { border: 1px solid @accent; }
QToolButton[kind="view"] { padding: 5px 12px; color: @muted; }
QToolButton[kind="view"]:checked { background: @accentSoft; color: @text; }
QToolButton[kind="view"]:focus { border: 1px solid @accent; }
QToolButton[kind="tool"] { padding: 5px 9px; }
QToolButton[kind="tool"]:disabled { color: @muted; }
QToolButton[kind="tool"]:focus { border: 1px solid @accent; }
QToolButton[kind="chip"] { border: 1px solid @border; border-radius: 12px; padding: 3px 10px; background: @surface; }
QToolButton[kind="chip"]:hover { background: @raised; }
QToolButton[kind="chip"]:checked { background: @accentSoft; border: 1px solid @accent; }
QToolButton[kind="chip"]:focus { border: 1px solid @accent; }
QSlider::groove:horizontal { background: @raised; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { background: @accent; width: 14px; margin: -5px 0; border-radius: 7px; }
QSlider { border: 1px solid transparent; border-radius: 6px; padding: 3px 2px; }
QSlider:focus { border: 1px solid @accent; }
QCheckBox:focus, QRadioButton:focus { color: @accent; }
QCheckBox::indicator, QListView::indicator { width: 14px; height: 14px; border: 1px solid @muted; border-radius: 4px; background: @surface; }
QCheckBox::indicator:checked, QListView::indicator:checked { background: @accent; border: 1px solid @accent; image: url(:/arrows/check-@mode.svg); }
QCheckBox::indicator:disabled { border: 1px solid @border; }

QLineEdit, QPlainTextEdit, QTextEdit, QSpinBox, QDoubleSpinBox, QComboBox {
  background: @surface; border: 1px solid @border; border-radius: 6px; padding: 5px 8px;
  selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus { border: 1px solid @accent; }
QLineEdit[wrong="true"] { border: 1px solid @danger; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: @muted; background: @window; }
QTextBrowser[kind="message"] { border: 1px solid transparent; border-radius: 4px; background: transparent; padding: 0; }
QTextBrowser[kind="message"]:focus { border: 1px solid @accent; }
QPlainTextEdit[kind="composer"] { border: none; background: transparent; padding: 2px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: url(:/arrows/down-@mode.svg); width: 12px; height: 12px; }
QSpinBox::up-arrow, QDoubleSpinBox::up-arrow { image: url(:/arrows/up-@mode.svg); width: 9px; height: 9px; }
QSpinBox::down-arrow, QDoubleSpinBox::down-arrow { image: url(:/arrows/down-@mode.svg); width: 9px; height: 9px; }
QComboBox QAbstractItemView { background: @surface; border: 1px solid @border; padding: 4px; selection-background-color: @accentSoft; selection-color: @text; outline: 0; }
QSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::up-button, QDoubleSpinBox::down-button { width: 16px; border: none; background: transparent; }

QAbstractItemView { outline: 0; }
QListView, QTreeView, QTableView { background: @surface; border: 1px solid @border; border-radius: 8px; alternate-background-color: @window; selection-background-color: @accentSoft; selection-color: @text; }
QListView:focus, QTreeView:focus, QTableView:focus { border: 1px solid @accent; }
QListView[kind="quiet"] { background: transparent; border: 1px solid transparent; }
QListView[kind="quiet"]:focus { border: 1px solid @accent; }
QListView::item { padding: 4px; border-radius: 6px; }
QListView::item:selected { background: @accentSoft; color: @text; }
QTreeView { outline: 0; }
QTreeView::item { padding: 6px 20px 6px 4px; border: none; }
QTreeView::item:selected { background: @accentSoft; color: @text; }
QTreeView QHeaderView::section { padding: 8px 20px 8px 11px; }
QTableView { gridline-color: transparent; }
QTableView::item { padding: 4px 8px; border: none; }
QHeaderView { background: transparent; }
QHeaderView::section { background: @surface; color: @muted; border: none; border-bottom: 1px solid @border; padding: 8px 11px; font-weight: 600; }
QTableCornerButton::section { background: @surface; border: none; }

QScrollArea { border: none; background: transparent; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: @border; border-radius: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: @muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QProgressBar { background: @raised; border: none; border-radius: 3px; max-height: 6px; min-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: @border; }

QFrame[kind="card"] { background: @surface; border: 1px solid @border; border-radius: 10px; }
QFrame[kind="card"][active="true"] { border: 1px solid @accent; }
QFrame[kind="bubble"] { background: @raised; border: none; border-radius: 10px; }
QFrame[kind="rail"] { background: @window; border: none; border-right: 1px solid @border; }
QFrame[kind="sidebar"] { background: @window; border: none; border-right: 1px solid @border; }
QFrame[kind="notice"] { background: @surface; border: 1px solid @danger; border-radius: 8px; }
QDialog[kind="palette"] { background: @surface; border: 1px solid @muted; }
QFrame[kind="toast"] { background: @text; border: none; border-radius: 8px; }
QFrame[kind="toast"] QLabel { color: @window; }
QFrame[kind="toast"] QPushButton { color: @window; background: transparent; border: 1px solid @muted; padding: 3px 10px; }
QWidget[kind="page"] { background: @window; }
QLabel[kind="title"] { font-size: @title; font-weight: 600; }
QLabel[kind="heading"] { font-size: @heading; font-weight: 600; }
QLabel[kind="muted"] { color: @muted; }
QLabel[kind="small"] { color: @muted; font-size: @small; }
QLabel[kind="chip"] { color: @muted; background: @raised; border-radius: 4px; padding: 2px 7px; font-size: @small; }
QLabel[kind="danger"] { color: @danger; }
QLabel[kind="danger-title"] { color: @danger; font-weight: 600; }
)";

}  // namespace

QString renderStyleSheet(const Theme& theme) {
  QColor accentHover = theme.dark ? theme.accent.lighter(112) : theme.accent.darker(112);
  // Longer names first: "@accentSoft" must not become the colour of "@accent" followed by "Soft".
  const std::pair<const char*, QColor> colors[] = {
      {"@accentHover", accentHover}, {"@accentSoft", theme.accentSoft}, {"@accent", theme.accent},
      {"@onAccent", theme.onAccent}, {"@window", theme.window},         {"@surface", theme.surface},
      {"@raised", theme.raised},     {"@border", theme.border},         {"@text", theme.text},
      {"@muted", theme.muted},       {"@danger", theme.danger}};
  QString sheet = QString::fromLatin1(kSheet);
  const double points = QApplication::font().pointSizeF();
  const std::pair<const char*, double> sizes[] = {
      {"@title", 1.55}, {"@heading", 1.12}, {"@small", 0.92}};
  for (const auto& [name, factor] : sizes)
    sheet.replace(QLatin1String(name), QStringLiteral("%1pt").arg(points * factor, 0, 'f', 1));
  sheet.replace(QLatin1String("@mode"), QLatin1String(theme.dark ? "dark" : "light"));
  for (const auto& [name, color] : colors) sheet.replace(QLatin1String(name), color.name());
  return sheet;
}

}  // namespace orrery::ui
