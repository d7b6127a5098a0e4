#pragma once

#include <QString>
#include <QStringList>

namespace orrery::ui {

/// A model card made ready for MarkdownView: HTML outside of code becomes Markdown where that has
/// the like (links, pictures, emphasis, line ends, headings) and goes where it has not; addresses
/// in the repository become whole ones. `base` is the address of the repository's files:
/// ".../org/name/resolve/commit/".
QString cardMarkdown(const QString& body, const QString& base);

/// The addresses of the pictures in a Markdown text, each once, in their order.
QStringList picturesIn(const QString& markdown);

}  // namespace orrery::ui
