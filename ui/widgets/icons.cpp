#include "ui/widgets/icons.h"

#include <QAbstractButton>
#include <QEvent>
#include <QIconEngine>
#include <QLabel>
#include <QPainter>
#include <QSvgRenderer>
#include <functional>

#include "ui/shell/theme.h"

namespace orrery::ui {
namespace {

struct IconShape {
  const char* name;
  const char* shapes;  // inside a 24 x 24 drawing with round lines
};

constexpr IconShape kIcons[] = {
    {"chat", "<path d='M4 5h16v11H10l-4.5 4v-4H4z'/>"},
    {"library", "<path d='M5 4v16M10 4v16M14.5 4.6l4 15.2'/><path d='M3.5 20h17'/>"},
    {"compare",
     "<rect x='3.5' y='5' width='7' height='14' rx='1.5'/>"
     "<rect x='13.5' y='5' width='7' height='14' rx='1.5'/>"},
    {"vision",
     "<rect x='3.5' y='5' width='17' height='14' rx='2'/><circle cx='9' cy='10' r='1.6'/>"
     "<path d='M4 17l5-4 3.5 2.5L16 11l4.5 4'/>"},
    {"speech",
     "<path d='M12 3.5a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0v-5a3 3 0 0 1 3-3z'/>"
     "<path d='M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5v3.5'/>"},
    {"forecast",
     "<path d='M3.5 15l3.5-5 3 4 4-6'/><path d='M14 8l6.5-4M14 8l6.5 1.5M14 8l6.5 7'/>"
     "<path d='M3.5 19.5h17'/>"},
    {"train", "<path d='M4 4v16h16'/><path d='M7.5 7c1.5 7 4 9.5 12 10'/>"},
    {"play", "<path d='M7 5l12 7-12 7z'/>"},
    {"pause", "<path d='M8 5v14M16 5v14'/>"},
    {"send", "<path d='M12 20V5M6 11l6-6 6 6'/>"},
    {"stop", "<rect x='6' y='6' width='12' height='12' rx='2'/>"},
    {"plus", "<path d='M12 5v14M5 12h14'/>"},
    {"trash", "<path d='M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13'/>"},
    {"edit", "<path d='M5 19l1-4L16 5l3 3L9 18z'/>"},
    {"copy", "<rect x='8' y='8' width='11' height='12' rx='2'/><path d='M15 8V4H5v11h3'/>"},
    {"retry", "<path d='M19 12a7 7 0 1 1-2.3-5.2'/><path d='M19 4v4h-4'/>"},
    {"branch",
     "<circle cx='7' cy='5' r='2'/><circle cx='7' cy='19' r='2'/>"
     "<circle cx='17' cy='8' r='2'/><path d='M7 7v10M17 10c0 4-6 3-9.5 6'/>"},
    {"left", "<path d='M14 6l-6 6 6 6'/>"},
    {"right", "<path d='M10 6l6 6-6 6'/>"},
    {"up", "<path d='M6 14l6-6 6 6'/>"},
    {"down", "<path d='M6 10l6 6 6-6'/>"},
    {"search", "<circle cx='11' cy='11' r='6'/><path d='M15.5 15.5L20 20'/>"},
    {"folder", "<path d='M3.5 6h6l2 2.5h9V19h-17z'/>"},
    {"close", "<path d='M6 6l12 12M18 6L6 18'/>"},
    {"settings",
     "<path d='M4 7h9M17 7h3M4 17h3M11 17h9'/><circle cx='15' cy='7' r='2'/>"
     "<circle cx='9' cy='17' r='2'/>"},
    {"tint", "<path d='M4 19h16'/><path d='M7 15l5-11 5 11M9 11h6'/>"},
    {"jobs", "<path d='M4 7h10M4 12h16M4 17h7'/>"},
    {"engine", "<circle cx='12' cy='12' r='3'/><ellipse cx='12' cy='12' rx='9' ry='4'/>"},
    {"export", "<path d='M12 15V4M8 8l4-4 4 4'/><path d='M5 14v6h14v-6'/>"},
    {"more",
     "<circle cx='6' cy='12' r='1'/><circle cx='12' cy='12' r='1'/>"
     "<circle cx='18' cy='12' r='1'/>"},
};

QByteArray drawing(const char* name, const QColor& color) {
  for (const IconShape& icon : kIcons)
    if (qstrcmp(icon.name, name) == 0)
      return QByteArray(
                 "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' "
                 "stroke-width='1.8' stroke-linecap='round' stroke-linejoin='round' stroke='") +
             color.name().toLatin1() + "'>" + icon.shapes + "</svg>";
  qFatal("no icon is named %s", name);
}

class LineIconEngine : public QIconEngine {
 public:
  LineIconEngine(const char* name, QColor color) : name_(name), color_(std::move(color)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    QSvgRenderer renderer(drawing(name_, color_));
    if (mode == QIcon::Disabled) painter->setOpacity(painter->opacity() * 0.4);
    renderer.render(painter, rect);
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap picture(size);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    paint(&painter, QRect(QPoint(), size), mode, state);
    return picture;
  }
  QIconEngine* clone() const override { return new LineIconEngine(name_, color_); }

 private:
  const char* name_;
  QColor color_;
};

// Calls `draw` now and whenever the palette of its parent changes.
class Repainter : public QObject {
 public:
  Repainter(QWidget* parent, std::function<void()> draw) : QObject(parent), draw_(std::move(draw)) {
    parent->installEventFilter(this);
    draw_();
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::PaletteChange) draw_();
    return QObject::eventFilter(watched, event);
  }

 private:
  std::function<void()> draw_;
};

}  // namespace

QIcon icon(const char* name, const QColor& color) {
  return QIcon(new LineIconEngine(name, color));
}

void setThemedIcon(QAbstractButton* button, const char* name) {
  const QObjectList children = button->children();
  for (QObject* child : children)
    if (dynamic_cast<Repainter*>(child)) delete child;
  new Repainter(button, [button, name] {
    const bool primary = button->property("kind").toString() == QLatin1String("primary");
    button->setIcon(icon(name, primary ? theme().onAccent : theme().text));
  });
}

void setThemedPicture(QLabel* label, const char* name, int size) {
  new Repainter(label, [=] { label->setPixmap(icon(name, theme().muted).pixmap(size, size)); });
}

}  // namespace orrery::ui
