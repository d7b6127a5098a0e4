#include "ui/widgets/token_popup.h"

#include <QLabel>
#include <QListWidget>
#include <QPainter>
#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/shell/theme.h"
#include "ui/widgets/row_delegate.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr int kRowHeight = 28;
constexpr int kWidth = 320;
constexpr int kTextWidth = 120;
constexpr int kPercentWidth = 56;
constexpr int kProbabilityRole = Qt::UserRole;
constexpr int kCurrentRole = Qt::UserRole + 1;

// A token with its probability as a bar and a number.
class BarDelegate : public RowDelegate {
 public:
  explicit BarDelegate(QObject* parent) : RowDelegate({kWidth, kRowHeight}, parent) {}

 protected:
  void paintContent(QPainter& painter, const QRect& row, const QModelIndex& index) const override {
    const bool current = index.data(kCurrentRole).toBool();
    QFont font = painter.font();
    font.setBold(current);
    painter.setFont(font);
    const QRect text(row.left(), row.top(), kTextWidth, row.height());
    painter.drawText(
        text, Qt::AlignVCenter,
        painter.fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, kTextWidth));
    const double p = index.data(kProbabilityRole).toDouble();
    const QRect bar(text.right() + 8, row.center().y() - 4,
                    row.width() - kTextWidth - kPercentWidth - 8, 8);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().raised);
    painter.drawRoundedRect(bar, 4, 4);
    painter.setBrush(current ? theme().accent : theme().muted);
    painter.drawRoundedRect(QRectF(bar.x(), bar.y(), std::max(2.0, bar.width() * p), bar.height()),
                            4, 4);
    painter.setPen(theme().muted);
    painter.drawText(row, Qt::AlignVCenter | Qt::AlignRight,
                     QStringLiteral("%1 %").arg(p * 100, 0, 'f', 1));
  }
};

}  // namespace

TokenPopup::TokenPopup(const ShownToken& token, const QPoint& globalPosition, QWidget* parent)
    : QFrame(parent, Qt::Popup), alternatives_(token.top) {
  setAttribute(Qt::WA_DeleteOnClose);
  ofKind(this, "card");
  const bool listed = std::any_of(alternatives_.begin(), alternatives_.end(),
                                  [&](const Alternative& a) { return a.id == token.id; });
  if (!listed) alternatives_.push_back({token.id, token.text, token.logprob});
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->setSpacing(6);
  auto* title = makeLabel(tr("\u201C%1\u201D  %2 %  \u00B7  entropy %3 nats")
                              .arg(visibleToken(token.text))
                              .arg(std::exp(token.logprob) * 100, 0, 'f', 1)
                              .arg(token.entropy, 0, 'f', 2),
                          "small");
  title->setContentsMargins(10, 2, 10, 0);
  layout->addWidget(title);
  list_ = named(new QListWidget, "chat.alternatives", tr("Alternatives for this token"));
  list_->setItemDelegate(new BarDelegate(list_));
  list_->setFrameShape(QFrame::NoFrame);
  list_->setMouseTracking(true);
  list_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  for (const Alternative& a : alternatives_) {
    auto* item = new QListWidgetItem(visibleToken(a.text), list_);
    item->setData(kProbabilityRole, std::exp(a.logprob));
    item->setData(kCurrentRole, a.id == token.id);
  }
  list_->setCurrentRow(0);
  list_->setFixedHeight(kRowHeight * list_->count() + 8);
  layout->addWidget(list_);
  auto* hint = makeLabel(tr("Choose one to continue from there"), "small");
  hint->setContentsMargins(10, 0, 10, 2);
  layout->addWidget(hint);
  setFixedWidth(kWidth + 24);
  connect(list_, &QListWidget::itemClicked, this, [this] { choose(list_->currentRow()); });
  connect(list_, &QListWidget::itemActivated, this, [this] { choose(list_->currentRow()); });
  adjustSize();
  const QRect room = parent->screen()->availableGeometry();
  move(std::min(globalPosition.x(), room.right() - width()),
       std::min(globalPosition.y() + 12, room.bottom() - height()));
  list_->setFocus();
}

void TokenPopup::choose(int row) {
  if (row < 0 || row >= static_cast<int>(alternatives_.size()) || !isVisible()) return;
  const Alternative choice = alternatives_[static_cast<std::size_t>(row)];
  close();
  emit chosen(choice);
}

}  // namespace orrery::ui
