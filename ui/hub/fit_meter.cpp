#include "ui/hub/fit_meter.h"

#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/protocol/hub.h"
#include "ui/shell/theme.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kStepsPerDoubling = 8;
constexpr int kShortest = 256;  // tokens

std::int64_t between(std::int64_t low, std::int64_t high, double part) {
  return low + static_cast<std::int64_t>(static_cast<double>(high - low) * part);
}

QString bytes(std::int64_t count) {
  return formatBytes(static_cast<double>(count));
}

/// An entry of the legend, which no line end divides.
QString colored(const QColor& color, const QString& text) {
  return QStringLiteral("<span style='color:%1'>\u25A0</span>&nbsp;%2")
      .arg(color.name(), text.toHtmlEscaped().replace(QLatin1Char(' '), QLatin1String("&nbsp;")));
}

}  // namespace

protocol::MemoryEstimate estimateAt(const std::vector<protocol::MemoryEstimate>& contexts,
                                    int tokens) {
  if (contexts.empty()) return {};
  std::size_t above = 0;
  while (above + 1 < contexts.size() && contexts[above].contextTokens < tokens) ++above;
  const protocol::MemoryEstimate& high = contexts[above];
  protocol::MemoryEstimate low = above > 0 ? contexts[above - 1] : high;
  if (above == 0) {  // nothing is cached of no text
    low.cacheBytes = 0;
    low.contextTokens = 0;
  }
  const double span = high.contextTokens - low.contextTokens;
  const double part = span > 0 ? (tokens - low.contextTokens) / span : 1;
  protocol::MemoryEstimate at = high;
  at.contextTokens = tokens;
  at.cacheBytes = between(low.cacheBytes, high.cacheBytes, part);
  at.workBytes = between(low.workBytes, high.workBytes, part);
  at.totalBytes = at.weightBytes + at.cacheBytes + at.workBytes;
  return at;
}

// The bar itself: parts of the need from the left, the free memory as its frame.
class FitMeter::Bar : public QWidget {
 public:
  Bar() { setFixedHeight(26); }

  void set(std::array<std::int64_t, 3> parts, std::int64_t available) {
    parts_ = parts;
    available_ = available;
    QWidget::update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    const std::int64_t need = parts_[0] + parts_[1] + parts_[2];
    const auto whole = static_cast<double>(std::max({need, available_, std::int64_t{1}}));
    QPainterPath frame;
    frame.addRoundedRect(QRectF(rect()), 5, 5);
    painter.setClipPath(frame);
    painter.fillRect(rect(), theme().raised);
    double x = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      const double wide = width() * static_cast<double>(parts_[i]) / whole;
      painter.fillRect(QRectF(x, 0, wide, height()), theme().series(static_cast<int>(i)));
      x += wide;
    }
    if (need <= available_) return;  // what is free ends inside of the need
    const double edge = width() * static_cast<double>(available_) / whole;
    QColor veil = theme().surface;
    veil.setAlphaF(0.6f);
    painter.fillRect(QRectF(edge, 0, width() - edge, height()), veil);
    painter.fillRect(QRectF(edge, 0, width() - edge, height()),
                     QBrush(theme().danger, Qt::BDiagPattern));
    painter.fillRect(QRectF(edge - 1, 0, 2, height()), theme().danger);
  }

 private:
  std::array<std::int64_t, 3> parts_{};
  std::int64_t available_ = 0;
};

FitMeter::FitMeter(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  verdict_ = makeLabel({});
  verdict_->setWordWrap(true);
  layout->addWidget(verdict_);
  controls_ = new QWidget;
  auto* parts = new QVBoxLayout(controls_);
  parts->setContentsMargins(0, 0, 0, 0);
  parts->setSpacing(8);
  bar_ = named(new Bar, "library.fitBar", tr("Memory needed and free"));
  parts->addWidget(bar_);
  legend_ = makeLabel({}, "small");
  legend_->setTextFormat(Qt::RichText);
  legend_->setWordWrap(true);
  parts->addWidget(legend_);
  length_ = makeLabel({}, "muted");
  parts->addWidget(length_);
  slider_ = named(new QSlider(Qt::Horizontal), "library.context", tr("Length of the context"));
  parts->addWidget(slider_);
  precision_ = named(new QComboBox, "library.precision", tr("Precision of the weights"));
  parts->addWidget(precision_);
  layout->addWidget(controls_);
  connect(slider_, &QSlider::valueChanged, this, &FitMeter::refresh);
  connect(precision_, &QComboBox::currentIndexChanged, this, &FitMeter::refresh);
  clear({});
}

void FitMeter::setData(const std::vector<protocol::PrecisionMemory>& precisions, int contextLength,
                       std::int64_t availableBytes, std::int64_t longestContext) {
  const QSignalBlocker quietSlider(slider_);
  const QSignalBlocker quietPrecision(precision_);
  precisions_ = precisions;
  available_ = availableBytes;
  longest_ = longestContext;
  contextLength_ = std::max(contextLength, kShortest);
  precision_->clear();
  for (const protocol::PrecisionMemory& each : precisions)
    precision_->addItem(each.dtype == "auto" ? tr("As stored")
                                             : QString::fromStdString(each.dtype));
  const double doublings = std::log2(static_cast<double>(contextLength_) / kShortest);
  slider_->setRange(0, static_cast<int>(std::ceil(doublings * kStepsPerDoubling)));
  slider_->setPageStep(kStepsPerDoubling);
  const double usual = std::log2(std::min(contextLength_, 4096) / static_cast<double>(kShortest));
  slider_->setValue(static_cast<int>(std::lround(usual * kStepsPerDoubling)));
  slider_->setVisible(slider_->maximum() > 0);
  controls_->setVisible(!precisions_.empty());
  refresh();
}

void FitMeter::clear(const QString& reason) {
  precisions_.clear();
  controls_->hide();
  showVerdict(reason, theme().muted);
}

int FitMeter::tokens() const {
  const double factor = std::exp2(static_cast<double>(slider_->value()) / kStepsPerDoubling);
  return std::min(contextLength_, static_cast<int>(std::lround(kShortest * factor)));
}

protocol::MemoryEstimate FitMeter::shown() const {
  const auto index = static_cast<std::size_t>(std::max(0, precision_->currentIndex()));
  return index < precisions_.size() ? estimateAt(precisions_[index].contexts, tokens())
                                    : protocol::MemoryEstimate();
}

void FitMeter::showVerdict(const QString& text, const QColor& color) {
  verdict_->setText(text);
  QPalette colors = verdict_->palette();
  colors.setColor(QPalette::WindowText, color);
  verdict_->setPalette(colors);
}

void FitMeter::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refresh();
}

void FitMeter::refresh() {
  if (precisions_.empty()) return;
  const protocol::MemoryEstimate at = shown();
  bar_->set({at.weightBytes, at.cacheBytes, at.workBytes}, available_);
  const std::string_view kind =
      protocol::fitKind(static_cast<double>(at.totalBytes), static_cast<double>(available_));
  const QString figures = tr("%1 needed, %2 free").arg(bytes(at.totalBytes), bytes(available_));
  const bool fits = kind == "fits";
  const bool tight = kind == "tight";
  showVerdict(tight  ? tr("Tight: %1").arg(figures)
              : fits ? tr("Fits: %1").arg(figures)
                     : tr("Does not fit: %1").arg(figures),
              tight  ? theme().warning
              : fits ? theme().success
                     : theme().danger);
  legend_->setText(QStringList{
      colored(theme().series(0), tr("weights %1").arg(bytes(at.weightBytes))),
      colored(theme().series(1), tr("cache %1").arg(bytes(at.cacheBytes))),
      colored(theme().series(2), tr("working memory %1").arg(bytes(at.workBytes))),
      colored(theme().border,
              tr("left %1").arg(bytes(std::max<std::int64_t>(0, available_ - at.totalBytes))))}
                       .join(QStringLiteral(" &nbsp; ")));
  const QString longest =
      longest_ > 0 ? tr("the longest that fits: %1").arg(tokensText(static_cast<int>(longest_)))
                   : tr("no length fits");
  length_->setText(precision_->currentIndex() == 0
                       ? tr("Context of %1; %2").arg(tokensText(at.contextTokens), longest)
                       : tr("Context of %1").arg(tokensText(at.contextTokens)));
  length_->setWordWrap(true);
  bar_->setAccessibleDescription(verdict_->text());
}

}  // namespace orrery::ui
