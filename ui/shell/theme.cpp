#include "ui/shell/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QStyleFactory>
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/shell/style_sheet.h"

// Outside of any namespace, as Qt asks: the linker would drop the library's resources otherwise.
static void loadArrows() {
  Q_INIT_RESOURCE(arrows);
}

namespace orrery::ui {
namespace {

constexpr auto kPortal = "org.freedesktop.portal.Desktop";
constexpr auto kPortalPath = "/org/freedesktop/portal/desktop";
constexpr auto kPortalSettings = "org.freedesktop.portal.Settings";
constexpr auto kAppearance = "org.freedesktop.appearance";
constexpr auto kColorScheme = "color-scheme";
constexpr uint kPrefersDark = 1;
constexpr double kTintSteps = 12;
constexpr double kSmallestPoints = 10;

Theme& mutableTheme() {
  static Theme current = Theme::light();
  return current;
}

}  // namespace

const Theme& theme() {
  return mutableTheme();
}

QString themeModeName(ThemeMode mode) {
  switch (mode) {
    case ThemeMode::kLight:
      return QStringLiteral("light");
    case ThemeMode::kDark:
      return QStringLiteral("dark");
    case ThemeMode::kSystem:
      break;
  }
  return QStringLiteral("system");
}

ThemeMode themeModeFromName(const QString& name) {
  if (name == QLatin1String("light")) return ThemeMode::kLight;
  if (name == QLatin1String("dark")) return ThemeMode::kDark;
  return ThemeMode::kSystem;
}

Theme Theme::light() {
  Theme t;
  t.window = QColor(0xF5F6F9);
  t.surface = QColor(0xFFFFFF);
  t.raised = QColor(0xEEF0F5);
  t.border = QColor(0xDDE0E8);
  t.text = QColor(0x1B1D24);
  t.muted = QColor(0x626779);
  t.accent = QColor(0x4355D6);
  t.onAccent = QColor(0xFFFFFF);
  t.accentSoft = QColor(0xE4E7FB);
  t.danger = QColor(0xC0342D);
  t.success = QColor(0x1F7F4D);
  t.warning = QColor(0x9A6200);
  return t;
}

Theme Theme::darkTheme() {
  Theme t;
  t.dark = true;
  t.window = QColor(0x16171B);
  t.surface = QColor(0x1D1F24);
  t.raised = QColor(0x292B33);
  t.border = QColor(0x363943);
  t.text = QColor(0xE8E9EE);
  t.muted = QColor(0x9DA1B0);
  t.accent = QColor(0x8794FF);
  t.onAccent = QColor(0x12131A);
  t.accentSoft = QColor(0x2E3358);
  t.danger = QColor(0xFF7B72);
  t.success = QColor(0x5CCB8B);
  t.warning = QColor(0xE3B341);
  return t;
}

QColor Theme::series(int i) const {
  static constexpr std::array<QRgb, 4> kLight{0x3B5BDB, 0xD9480F, 0x0B8457, 0x9C36B5};
  static constexpr std::array<QRgb, 4> kDark{0x8DA2FF, 0xFF9A5C, 0x4FD6A0, 0xE29BF5};
  const auto& colors = dark ? kDark : kLight;
  return QColor(colors[static_cast<std::size_t>(i) % colors.size()]);
}

QColor Theme::tint(double p) const {
  // In steps: neighbours of one look are one run of text, which is laid out and drawn faster.
  const double doubt = std::round(std::clamp(1.0 - p, 0.0, 1.0) * kTintSteps) / kTintSteps;
  if (doubt <= 0) return Qt::transparent;
  QColor color =
      QColor::fromHslF(static_cast<float>(0.13 * (1.0 - doubt)), 0.9f, dark ? 0.5f : 0.55f);
  color.setAlphaF(static_cast<float>(0.10 + 0.42 * doubt));
  return color;
}

QPalette Theme::palette() const {
  QPalette p;
  p.setColor(QPalette::Window, window);
  p.setColor(QPalette::WindowText, text);
  p.setColor(QPalette::Base, surface);
  p.setColor(QPalette::AlternateBase, raised);
  p.setColor(QPalette::Text, text);
  p.setColor(QPalette::PlaceholderText, muted);
  p.setColor(QPalette::Button, surface);
  p.setColor(QPalette::ButtonText, text);
  p.setColor(QPalette::BrightText, danger);
  p.setColor(QPalette::Highlight, accent);
  p.setColor(QPalette::HighlightedText, onAccent);
  p.setColor(QPalette::Link, accent);
  p.setColor(QPalette::LinkVisited, accent);
  p.setColor(QPalette::ToolTipBase, raised);
  p.setColor(QPalette::ToolTipText, text);
  p.setColor(QPalette::Light, raised);
  p.setColor(QPalette::Midlight, raised);
  p.setColor(QPalette::Mid, border);
  p.setColor(QPalette::Dark, border);
  p.setColor(QPalette::Shadow, QColor(0, 0, 0, dark ? 160 : 60));
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    QColor faded = muted;
    faded.setAlphaF(0.6f);
    p.setColor(QPalette::Disabled, role, faded);
  }
  return p;
}

QString Theme::styleSheet() const {
  return renderStyleSheet(*this);
}

ThemeController::ThemeController(QApplication& app) : app_(app) {
  loadArrows();
  systemPoints_ = std::max(kSmallestPoints, app.font().pointSizeF());
  systemDark_ = app.palette().color(QPalette::Window).lightness() < 128;
  app.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  apply();
  askPortal();
}

void ThemeController::setMode(ThemeMode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  apply();
}

void ThemeController::setTextSize(int percent) {
  percent = std::clamp(percent, 80, 200);
  if (percent == textSize_) return;
  textSize_ = percent;
  apply();
}

void ThemeController::askPortal() {
  auto bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(kPortal, kPortalPath, kPortalSettings, QStringLiteral("SettingChanged"), this,
              SLOT(onPortalSetting(QString, QString, QDBusVariant)));
  auto call =
      QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, QStringLiteral("Read"));
  call << QString::fromLatin1(kAppearance) << QString::fromLatin1(kColorScheme);
  auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(call), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
    const QDBusPendingReply<QDBusVariant> reply = *watcher;
    watcher->deleteLater();
    if (reply.isValid())
      onPortalSetting(QString::fromLatin1(kAppearance), QString::fromLatin1(kColorScheme),
                      reply.value());
  });
}

void ThemeController::onPortalSetting(const QString& group, const QString& key,
                                      const QDBusVariant& value) {
  if (group != QLatin1String(kAppearance) || key != QLatin1String(kColorScheme)) return;
  QVariant scheme = value.variant();  // "Read" wraps the value once more than the signal does
  if (scheme.canConvert<QDBusVariant>()) scheme = scheme.value<QDBusVariant>().variant();
  const bool dark = scheme.toUInt() == kPrefersDark;
  if (dark == systemDark_) return;
  systemDark_ = dark;
  if (mode_ == ThemeMode::kSystem) apply();
}

void ThemeController::apply() {
  const bool dark = mode_ == ThemeMode::kDark || (mode_ == ThemeMode::kSystem && systemDark_);
  mutableTheme() = dark ? Theme::darkTheme() : Theme::light();
  app_.setPalette(theme().palette());
  QFont font = app_.font();
  font.setPointSizeF(systemPoints_ * textSize_ / 100);
  app_.setFont(font);
  app_.setStyleSheet(theme().styleSheet());
  emit changed();
}

}  // namespace orrery::ui
