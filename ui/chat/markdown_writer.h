#pragma once

#include <QTextBlock>
#include <QTextCursor>

#include "ui/chat/markdown_blocks.h"

namespace orrery::ui {

class MarkdownPictures;

/// Room between a code block's text and the edge of the card that MarkdownView paints behind it.
inline constexpr qreal kCodePadding = 10;

/// What a document's block is of a code block.
enum class CodePart { kNone, kHead, kLine };
CodePart codePart(const QTextBlock& block);

/// Writes one block of Markdown at the end of a document in the theme's colours. `codeIndex` is the
/// number of the code block a kCodeHead begins, for its copy link "copy:N". Those of `pictures` are
/// drawn; of others a link is. Returns the position in the document where the block begins.
int writeMarkdownBlock(QTextCursor& cursor, const MarkdownBlock& block, const MarkdownBlock* before,
                       int codeIndex, const MarkdownPictures& pictures);

}  // namespace orrery::ui
