#pragma once

#include <QString>
#include <QStringList>
#include <vector>

namespace orrery::ui {

enum class BlockKind {
  kParagraph,
  kHeading,
  kListItem,
  kQuote,
  kRule,
  kTable,
  kCodeHead,
  kCodeLine
};

/// One block of Markdown. Code comes line by line, so that a long listing grows at its end only.
struct MarkdownBlock {
  BlockKind kind = BlockKind::kParagraph;
  qsizetype start = 0;            ///< where it begins in the source
  QString text;                   ///< without its marker; the language of a kCodeHead
  QString marker;                 ///< of a list item: "•" or "3."
  int level = 0;                  ///< of a heading (1 to 6); depth of a list item
  std::vector<QStringList> rows;  ///< cells of a table, the first row its head
  QString fence;                  ///< of code: the fence that ends it
  bool operator==(const MarkdownBlock&) const = default;
};

/// The blocks of `source` from position `from`, which must be the start of a block; `fence` is that
/// of the code which `from` lies in, or empty. Anything is valid Markdown: what is no construct is
/// text.
std::vector<MarkdownBlock> parseMarkdown(const QString& source, qsizetype from = 0,
                                         const QString& fence = {});

/// A piece of text of one look.
struct InlineSpan {
  QString text;
  bool bold = false;
  bool italic = false;
  bool code = false;
  bool struck = false;
  QString link;
  QString picture;      ///< the address of a picture; `text` is what stands for it
  QString pictureSize;  ///< as the author wishes: "300x", "x80", "60%x"; empty: its own
  bool operator==(const InlineSpan&) const = default;
};

/// The spans of a line: **bold**, *italic*, `code`, ~~struck~~, [link](address),
/// ![picture](address) with a size as in ![picture](address =300x), and either inside of a link.
/// Markers without a partner stay as they are.
std::vector<InlineSpan> parseInline(const QString& text);

}  // namespace orrery::ui
