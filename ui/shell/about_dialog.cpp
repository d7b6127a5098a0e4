#include "ui/shell/about_dialog.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "ui/widgets/widgets.h"

namespace orrery::ui {
namespace {

QString licences() {
  const auto row = [](const QString& name, const QString& licence) {
    return QStringLiteral("<tr><td style='padding-right:18px'>%1</td><td>%2</td></tr>")
        .arg(name, licence);
  };
  return AboutDialog::tr(
             "<p>Orrery's own sources are under the Apache License 2.0. This window links "
             "QCustomPlot, which is under the GNU General Public License, version 3; the window's "
             "program is therefore distributed under the <b>GPL-3</b>. The engine and the "
             "command-line program do not link it.</p><p>Linked by the window:</p>") +
         QStringLiteral("<table cellspacing='0'>") +
         row(QStringLiteral("Qt %1").arg(QLatin1String(qVersion())), QStringLiteral("LGPL-3")) +
         row(QStringLiteral("QCustomPlot"), QStringLiteral("GPL-3")) +
         row(QStringLiteral("SQLite"), AboutDialog::tr("public domain")) +
         row(QStringLiteral("nlohmann/json, {fmt}"), QStringLiteral("MIT")) +
         QStringLiteral("</table>") +
         AboutDialog::tr(
             "<p>Linked by the engine, a program of its own: LibTorch (BSD-3-Clause), "
             "ICU (Unicode-3.0), PCRE2 (BSD-3-Clause), CLI11 (BSD-3-Clause), libcurl (curl), "
             "OpenSSL "
             "(Apache-2.0), yaml-cpp, nlohmann/json and {fmt} (MIT).</p>");
}

}  // namespace

AboutDialog::AboutDialog(QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("About Orrery"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(24, 20, 24, 16);
  layout->setSpacing(8);
  layout->addWidget(makeLabel(QStringLiteral("Orrery " ORRERY_VERSION), "title"));
  layout->addWidget(makeLabel(tr("A desktop workbench for transformer models."), "muted"));
  auto* text = ofKind(named(new QTextBrowser, "about.licences", tr("Licences")), "message");
  text->setOpenExternalLinks(true);
  text->document()->setDocumentMargin(0);  // its lines begin where those above do
  text->setHtml(licences());
  text->setMinimumSize(460, 240);
  layout->addWidget(text, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close);
  buttons->button(QDialogButtonBox::Close)->setIcon({});
  named(buttons->button(QDialogButtonBox::Close), "about.close", tr("Close"));
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  buttons->button(QDialogButtonBox::Close)->setFocus();
}

}  // namespace orrery::ui
