#include "ui/hub/account_button.h"

#include <QInputDialog>
#include <QMenu>

#include "core/protocol/hub.h"
#include "ui/engine/engine_process.h"
#include "ui/widgets/widgets.h"

namespace orrery::ui {

void askAndLogIn(QWidget* parent, EngineProcess& engine, std::function<void()> done,
                 std::function<void(const QString&)> failed) {
  bool given = false;
  const QString token = QInputDialog::getText(
      parent, AccountButton::tr("Log in to the hub"),
      AccountButton::tr("Access token, from the settings of your account on the hub:"),
      QLineEdit::Password, {}, &given);
  if (!given || token.isEmpty()) return;
  protocol::LogInParams params;
  params.token = token.toStdString();
  engine.request<protocol::LogInParams>(
      params, parent, [done](const protocol::HubAccount&) { done(); },
      [failed](const EngineError& error) { failed(error.message); });
}

AccountButton::AccountButton(EngineProcess& engine, QWidget* parent)
    : QToolButton(parent), engine_(engine) {
  named(this, "library.account", tr("Account on the hub"));
  setFocusPolicy(Qt::StrongFocus);
  setAccount({});
  connect(this, &QToolButton::clicked, this, [this] {
    if (name_.isEmpty())
      return askAndLogIn(
          this, engine_, [this] { refresh(); },
          [this](const QString& reason) { emit failed(reason); });
    QMenu menu(this);
    menu.addAction(tr("Log out"), this, &AccountButton::logOut);
    menu.exec(mapToGlobal(rect().bottomLeft()));
  });
}

void AccountButton::refresh() {
  engine_.request<protocol::WhoAmIParams>(
      {}, this,
      [this](const protocol::HubAccount& account) {
        setAccount(QString::fromStdString(account.name));
      },
      [this](const EngineError& error) {
        setAccount({});
        setToolTip(error.message);
      });
}

void AccountButton::logOut() {
  engine_.request<protocol::LogOutParams>(
      {}, this, [this](const protocol::LogOutResult&) { refresh(); },
      [this](const EngineError& error) { emit failed(error.message); });
}

void AccountButton::setAccount(const QString& name) {
  name_ = name;
  setText(name.isEmpty() ? tr("Log in\u2026") : name);
  setAccessibleName(name.isEmpty() ? tr("Log in to the hub")
                                   : tr("Logged in to the hub as %1").arg(name));
  setToolTip(accessibleName());
}

}  // namespace orrery::ui
