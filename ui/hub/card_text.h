#pragma once

#include <QString>

namespace orrery::ui {

/// A model card made ready for MarkdownView: HTML outside of code becomes Markdown where that has
/// the like (links, emphasis, line ends, headings) and goes where it has not; pictures become links
/// to them, so that nothing is fetched unasked; addresses in the repository become whole ones.
/// `base` is the address of the repository's files: ".../org/name/resolve/commit/".
QString cardMarkdown(const QString& body, const QString& base);

}  // namespace orrery::ui
