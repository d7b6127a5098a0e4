#include <algorithm>

#include "ui/chat/markdown_blocks.h"

namespace orrery::ui {
namespace {

constexpr qsizetype kNone = -1;
// How far a construct may reach and how deep they may nest: an answer of nothing but marks must not
// stall the window.
constexpr qsizetype kReach = 4000;
constexpr int kMostNested = 8;

bool haveOneLook(const InlineSpan& a, const InlineSpan& b) {
  return a.bold == b.bold && a.italic == b.italic && a.code == b.code && a.struck == b.struck &&
         a.link == b.link && a.picture.isEmpty() && b.picture.isEmpty();
}

// Only addresses that a browser opens: an answer must not make a click start anything else.
bool isWebAddress(const QString& address) {
  return address.startsWith(QLatin1String("http://")) ||
         address.startsWith(QLatin1String("https://"));
}

bool flanks(const QString& text, qsizetype open, qsizetype close, qsizetype length) {
  return close > open + length && !text[open + length].isSpace() && !text[close - 1].isSpace();
}

class InlineParser {
 public:
  explicit InlineParser(const QString& text) : text_(text) {}

  std::vector<InlineSpan> parse() {
    run(0, text_.size(), {});
    return std::move(spans_);
  }

 private:
  void put(const QString& text, const InlineSpan& look) {
    if (text.isEmpty()) return;
    if (!spans_.empty() && haveOneLook(look, spans_.back())) {
      spans_.back().text += text;
      return;
    }
    InlineSpan span = look;
    span.text = text;
    spans_.push_back(std::move(span));
  }

  void run(qsizetype at, qsizetype end, const InlineSpan& look) {
    qsizetype plain = at;
    const auto flush = [&](qsizetype to) { put(text_.mid(plain, to - plain), look); };
    while (at < end) {
      const QChar c = text_[at];
      if (c == QLatin1Char('\\') && at + 1 < end && text_[at + 1].isPunct()) {
        flush(at);
        plain = at + 1;
        at += 2;
        continue;
      }
      const qsizetype taken = construct(at, end, look, flush);
      at += taken == 0 ? 1 : taken;
      if (taken > 0) plain = at;
    }
    flush(end);
  }

  // Takes the construct that begins at `at`; returns its length, 0 if there is none.
  template <class Flush>
  qsizetype construct(qsizetype at, qsizetype end, const InlineSpan& look, const Flush& flush) {
    const QChar c = text_[at];
    if (c == QLatin1Char('`')) return code(at, end, look, flush);
    if (c == QLatin1Char('[')) return link(at, end, look, flush);
    if (c == QLatin1Char('!')) return picture(at, end, look, flush);
    const bool starred = c == QLatin1Char('*') || c == QLatin1Char('_');
    const bool wave = c == QLatin1Char('~');
    if (!starred && !wave) return 0;
    if (c == QLatin1Char('_') && at > 0 && text_[at - 1].isLetterOrNumber()) return 0;
    const bool twice = at + 1 < end && text_[at + 1] == c;
    if (wave && !twice) return 0;
    const QString mark(twice ? 2 : 1, c);
    if (nested_ == kMostNested) return 0;
    const qsizetype close = closing(mark, at + mark.size(), end);
    if (close == kNone || !flanks(text_, at, close, mark.size())) return 0;
    flush(at);
    InlineSpan inner = look;
    (wave ? inner.struck : twice ? inner.bold : inner.italic) = true;
    ++nested_;
    run(at + mark.size(), close, inner);
    --nested_;
    return close + mark.size() - at;
  }

  // Where `mark` is next, from `from` on and within reach; kNone if it is not before `end`.
  qsizetype find(const QString& mark, qsizetype from, qsizetype end) const {
    const qsizetype last = std::min(end, from + kReach);
    if (from >= last) return kNone;
    const qsizetype found = QStringView(text_).mid(from, last - from).indexOf(mark);
    return found == kNone ? kNone : from + found;
  }

  qsizetype closing(const QString& mark, qsizetype from, qsizetype end) const {
    end = std::min(end, from + kReach);
    for (qsizetype at = find(mark, from, end); at != kNone; at = find(mark, at + 1, end)) {
      if (mark.size() == 1) {  // a single mark does not end at a double one
        if (at + 1 < end && text_[at + 1] == mark[0]) {
          ++at;
          continue;
        }
        if (mark[0] == QLatin1Char('_') && at + 1 < end && text_[at + 1].isLetterOrNumber())
          continue;
      }
      return at;
    }
    return kNone;
  }

  template <class Flush>
  qsizetype code(qsizetype at, qsizetype end, const InlineSpan& look, const Flush& flush) {
    qsizetype length = 0;
    constexpr qsizetype kMostTicks = 32;
    const qsizetype last = std::min(end, at + kMostTicks);
    while (at + length < last && text_[at + length] == QLatin1Char('`')) ++length;
    const qsizetype close = find(QString(length, QLatin1Char('`')), at + length, end);
    if (close == kNone) return 0;
    flush(at);
    InlineSpan span = look;
    span.code = true;
    put(text_.mid(at + length, close - at - length), span);
    return close + length - at;
  }

  // The words between "](" at `middle` and the ")" behind it; none if that is missing.
  QStringList target(qsizetype middle, qsizetype end, qsizetype& behind) const {
    const qsizetype close = find(QStringLiteral(")"), middle, end);
    if (close == kNone) return {};
    behind = close + 1;
    return text_.mid(middle + 2, close - middle - 2).split(QLatin1Char(' '), Qt::SkipEmptyParts);
  }

  // Reads the picture at `at` into `span`; returns its length, 0 if there is none.
  qsizetype readPicture(qsizetype at, qsizetype end, InlineSpan& span) const {
    if (!QStringView(text_).mid(at).startsWith(QLatin1String("!["))) return 0;
    const qsizetype middle = find(QStringLiteral("]("), at, end);
    qsizetype behind = 0;
    const QStringList words = middle == kNone ? QStringList() : target(middle, end, behind);
    if (words.isEmpty() || !isWebAddress(words[0])) return 0;
    span.text = text_.mid(at + 2, middle - at - 2);
    span.picture = words[0];
    if (words.size() > 1 && words[1].startsWith(QLatin1Char('=')))
      span.pictureSize = words[1].mid(1);
    return behind - at;
  }

  template <class Flush>
  qsizetype picture(qsizetype at, qsizetype end, const InlineSpan& look, const Flush& flush) {
    InlineSpan span = look;
    const qsizetype length = readPicture(at, end, span);
    if (length == 0) return 0;
    flush(at);
    spans_.push_back(std::move(span));
    return length;
  }

  template <class Flush>
  qsizetype link(qsizetype at, qsizetype end, const InlineSpan& look, const Flush& flush) {
    InlineSpan span = look;
    const qsizetype inner = readPicture(at + 1, end, span);
    const qsizetype middle = find(QStringLiteral("]("), at + 1 + inner, end);
    if (middle == kNone || (inner > 0 && middle != at + 1 + inner)) return 0;
    qsizetype behind = 0;
    const QStringList words = target(middle, end, behind);
    if (words.isEmpty() || !isWebAddress(words[0])) return 0;
    flush(at);
    span.link = words[0];
    if (inner > 0)
      spans_.push_back(std::move(span));
    else
      put(text_.mid(at + 1, middle - at - 1), span);
    return behind - at;
  }

  const QString& text_;
  std::vector<InlineSpan> spans_;
  int nested_ = 0;
};

}  // namespace

std::vector<InlineSpan> parseInline(const QString& text) {
  return InlineParser(text).parse();
}

}  // namespace orrery::ui
