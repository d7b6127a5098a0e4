#include "ui/hub/card_text.h"

#include <QRegularExpression>
#include <QUrl>

#include "ui/chat/markdown_blocks.h"

namespace orrery::ui {
namespace {

QString attribute(const QString& tag, const char* name) {
  const QRegularExpression form(
      QStringLiteral("\\b%1\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)'|([^\\s>]+))")
          .arg(QLatin1String(name)),
      QRegularExpression::CaseInsensitiveOption);
  const auto match = form.match(tag);
  return match.captured(1) + match.captured(2) + match.captured(3);
}

QString whole(const QString& address, const QString& base) {
  if (address.startsWith(QLatin1Char('#'))) return address;
  const QUrl url = QUrl(base).resolved(QUrl(address));
  const bool web = url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http");
  if (!web) return QStringLiteral("#");  // a card opens nothing on this machine
  return url.toString(QUrl::FullyEncoded)
      .replace(QLatin1Char('('), QLatin1String("%28"))
      .replace(QLatin1Char(')'), QLatin1String("%29"));
}

// `size` is that of InlineSpan::pictureSize.
QString picture(QString alternative, const QString& address, const QString& size,
                const QString& base) {
  static const QRegularExpression marks(QStringLiteral("[\\[\\]()\\s|]+"));
  alternative.replace(marks, QStringLiteral(" "));
  const QString source = whole(address, base);
  if (source.startsWith(QLatin1Char('#'))) return alternative;
  return QStringLiteral("![%1](%2%3)")
      .arg(alternative.trimmed(), source, size.isEmpty() ? QString() : QStringLiteral(" =") + size);
}

QString pictureOf(const QString& tag, const QString& base) {
  const auto length = [&](const char* name) {
    static const QRegularExpression form(QStringLiteral("^(\\d{1,4}(?:\\.\\d+)?%?)(?:px)?$"));
    return form.match(attribute(tag, name)).captured(1);
  };
  const QString width = length("width"), height = length("height");
  const bool wished = !width.isEmpty() || !height.isEmpty();
  return picture(attribute(tag, "alt"), attribute(tag, "src"),
                 wished ? width + QLatin1Char('x') + height : QString(), base);
}

// What a tag becomes.
QString markdownOf(const QString& tag, const QString& base, QStringList& links) {
  static const QRegularExpression head(QStringLiteral("^<\\s*(/?)\\s*([A-Za-z][A-Za-z0-9]*)"));
  const auto match = head.match(tag);
  const bool closes = !match.captured(1).isEmpty();
  const QString name = match.captured(2).toLower();
  if (name == QLatin1String("img")) return pictureOf(tag, base);
  if (name == QLatin1String("a")) {
    if (!closes) {
      links.append(attribute(tag, "href"));
      return links.last().isEmpty() ? QString() : QStringLiteral("[");
    }
    const QString address = links.isEmpty() ? QString() : links.takeLast();
    return address.isEmpty() ? QString() : QStringLiteral("](%1)").arg(whole(address, base));
  }
  if (name == QLatin1String("b") || name == QLatin1String("strong")) return QStringLiteral("**");
  if (name == QLatin1String("i") || name == QLatin1String("em")) return QStringLiteral("*");
  if (name == QLatin1String("code")) return QStringLiteral("`");
  if (name == QLatin1String("br")) return QStringLiteral("\n");
  if (name == QLatin1String("li")) return closes ? QString() : QStringLiteral("\n- ");
  if (name.size() == 2 && name[0] == QLatin1Char('h') && name[1].isDigit())
    return closes ? QStringLiteral("\n\n")
                  : QStringLiteral("\n\n") + QString(name[1].digitValue(), QLatin1Char('#')) +
                        QLatin1Char(' ');
  static const QStringList kBlocks{QStringLiteral("p"),     QStringLiteral("div"),
                                   QStringLiteral("table"), QStringLiteral("tr"),
                                   QStringLiteral("ul"),    QStringLiteral("details")};
  return kBlocks.contains(name) ? QStringLiteral("\n\n") : QString();
}

// Without comments, styles and scripts. One that never ends is looked for once, so that a card full
// of them takes no longer than another.
QString withoutHidden(const QString& text) {
  static const QRegularExpression opening(QStringLiteral("<(!--|style\\b|script\\b)"),
                                          QRegularExpression::CaseInsensitiveOption);
  QString result;
  QStringList endless;
  qsizetype from = 0;
  for (auto found = opening.globalMatch(text); found.hasNext();) {
    const auto begin = found.next();
    const QString name = begin.captured(1).toLower();
    if (begin.capturedStart() < from || endless.contains(name)) continue;
    const bool comment = name == QLatin1String("!--");
    const QString close = comment ? QStringLiteral("-->") : QStringLiteral("</") + name;
    qsizetype end = text.indexOf(close, begin.capturedEnd(), Qt::CaseInsensitive);
    if (end >= 0 && !comment) end = text.indexOf(QLatin1Char('>'), end);
    if (end < 0) {
      endless.append(name);
      continue;
    }
    result += text.mid(from, begin.capturedStart() - from);
    from = end + (comment ? close.size() : 1);
  }
  return result + text.mid(from);
}

QString withoutHtml(const QString& source, const QString& base) {
  static const QRegularExpression tagForm(QStringLiteral("</?[A-Za-z][A-Za-z0-9]*(\\s[^<>]*)?/?>"));
  const QString text = withoutHidden(source);
  QString result;
  QStringList links;
  qsizetype from = 0;
  for (auto tags = tagForm.globalMatch(text); tags.hasNext();) {
    const auto tag = tags.next();
    result += text.mid(from, tag.capturedStart() - from);
    result += markdownOf(tag.captured(), base, links);
    from = tag.capturedEnd();
  }
  return result + text.mid(from);
}

// Every match of `form` in `text` as `replace` has it.
template <class Replace>
QString replaced(const QString& text, const QRegularExpression& form, const Replace& replace) {
  QString result;
  qsizetype from = 0;
  for (auto found = form.globalMatch(text); found.hasNext();) {
    const auto each = found.next();
    result += text.mid(from, each.capturedStart() - from) + replace(each);
    from = each.capturedEnd();
  }
  return result + text.mid(from);
}

QString withWholeLinks(const QString& text, const QString& base) {
  static const QRegularExpression link(QStringLiteral(
      "(!?)\\[([^\\[\\]]*)\\]\\(\\s*+<?+([^)<>\\s]{1,2000}+)>?+([^)\\n]{0,300}+)\\)"));
  static const QRegularExpression linkedPicture(
      QStringLiteral("\\[\\s{0,20}+(!\\[[^\\[\\]]*\\]\\([^()\\n]{1,2000}+\\))\\s{0,20}+\\]\\(\\s*+"
                     "([^()<>\\s]{1,2000}+)[^()\\n]{0,300}+\\)"));
  static const QRegularExpression size(QStringLiteral("^\\s=([\\d.%]*x[\\d.%]*)\\s*$"));
  const QString linked = replaced(text, link, [&](const QRegularExpressionMatch& each) {
    const QString words = each.captured(2), address = each.captured(3);
    return each.captured(1).isEmpty()
               ? QStringLiteral("[%1](%2)").arg(words, whole(address, base))
               : picture(words, address, size.match(each.captured(4)).captured(1), base);
  });
  return replaced(linked, linkedPicture, [&](const QRegularExpressionMatch& each) {
    return QStringLiteral("[%1](%2)").arg(each.captured(1), whole(each.captured(2), base));
  });
}

}  // namespace

QString cardMarkdown(const QString& body, const QString& base) {
  constexpr qsizetype kLongest = 400'000;  // characters; people write a tenth of it
  QStringList done;
  QString prose;
  QString fence;
  const auto flush = [&] {
    if (!prose.isEmpty()) done.append(withWholeLinks(withoutHtml(prose, base), base));
    prose.clear();
  };
  for (const QString& line : body.left(kLongest).split(QLatin1Char('\n'))) {
    const QString start = line.trimmed().left(3);
    const bool marks = start == QLatin1String("```") || start == QLatin1String("~~~");
    if (fence.isEmpty() && !marks) {
      prose += line + QLatin1Char('\n');
      continue;
    }
    if (fence.isEmpty()) {
      flush();
      fence = start;
    } else if (line.trimmed() == fence) {
      fence.clear();
    }
    done.append(line + QLatin1Char('\n'));
  }
  flush();
  static const QRegularExpression gaps(QStringLiteral("\n{3,}"));
  return done.join(QString()).replace(gaps, QStringLiteral("\n\n"));
}

QStringList picturesIn(const QString& markdown) {
  QStringList addresses;
  const auto look = [&](const QString& text) {
    for (const InlineSpan& span : parseInline(text))
      if (!span.picture.isEmpty()) addresses += span.picture;
  };
  for (const MarkdownBlock& block : parseMarkdown(markdown)) {
    if (block.kind != BlockKind::kCodeLine && block.kind != BlockKind::kCodeHead) look(block.text);
    for (const QStringList& row : block.rows)
      for (const QString& cell : row) look(cell);
  }
  addresses.removeDuplicates();
  return addresses;
}

}  // namespace orrery::ui
