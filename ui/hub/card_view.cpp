#include "ui/hub/card_view.h"

#include <QFrame>
#include <QLabel>
#include <QPushButton>
#include <QTextDocument>
#include <QVBoxLayout>

#include "ui/chat/markdown_view.h"
#include "ui/hub/card_pictures.h"
#include "ui/hub/card_text.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

constexpr qsizetype kHostsNamed = 3;

// "a.org, b.org and 2 more"
QString listed(const QStringList& hosts) {
  if (hosts.size() <= kHostsNamed) return hosts.join(QStringLiteral(", "));
  return CardView::tr("%1 and %2 more")
      .arg(hosts.first(kHostsNamed).join(QStringLiteral(", ")))
      .arg(hosts.size() - kHostsNamed);
}

}  // namespace

CardView::CardView(EngineProcess& engine, QWidget* parent)
    : QWidget(parent), pictures_(new CardPictures(engine, this)) {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(makeOffer());
  text_ = named(new MarkdownView, "library.card", tr("Model card"));
  text_->document()->setDocumentMargin(8);  // room to the frame that shows the focus
  layout->addWidget(text_);
  connect(pictures_, &CardPictures::arrived, text_, &MarkdownView::setPicture);
  connect(pictures_, &CardPictures::changed, this, &CardView::showOffer);
  showOffer();
}

QFrame* CardView::makeOffer() {
  offer_ = ofKind(new QFrame, "card");
  auto* row = new QHBoxLayout(offer_);
  row->setContentsMargins(14, 8, 10, 8);
  offerText_ = makeLabel({}, "muted");
  offerText_->setWordWrap(true);
  row->addWidget(offerText_, 1);
  button_ = makeButton({}, "library.pictures");
  connect(button_, &QPushButton::clicked, pictures_, &CardPictures::fetch);
  row->addWidget(button_);
  return offer_;
}

void CardView::setCard(const QString& markdown) {
  text_->clearPictures();
  text_->setMarkdown(markdown);
  pictures_->set(picturesIn(markdown));
}

void CardView::showOffer() {
  const auto count = static_cast<int>(pictures_->addresses().size());
  const int missing = count - pictures_->shown();
  const QString& problem = pictures_->problem();
  offer_->setVisible(missing > 0);
  button_->setVisible(!pictures_->busy());
  button_->setText(problem.isEmpty() ? tr("Show pictures (%1)").arg(missing) : tr("Try again"));
  button_->setAccessibleName(button_->text());
  offerText_->setToolTip(pictures_->hosts().join(QLatin1Char('\n')));
  if (pictures_->busy())
    offerText_->setText(tr("Fetching pictures: %1 of %2").arg(pictures_->shown()).arg(count));
  else if (problem.isEmpty())
    offerText_->setText(tr("The card's pictures are not fetched unasked. They come from %1.")
                            .arg(listed(pictures_->hosts())));
  else
    offerText_->setText(
        tr("%1 of %2 pictures cannot be shown. %3").arg(missing).arg(count).arg(problem));
}

}  // namespace orrery::ui
