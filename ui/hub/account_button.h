#pragma once

#include <QToolButton>
#include <functional>

namespace orrery::ui {

class EngineProcess;

/// Asks for an access token and logs in with it. Exactly one of the callbacks is called, unless the
/// user gives up or `parent` is destroyed before.
void askAndLogIn(QWidget* parent, EngineProcess& engine, std::function<void()> done,
                 std::function<void(const QString&)> failed);

/// Who is logged in to the hub; logs in and out.
class AccountButton : public QToolButton {
  Q_OBJECT

 public:
  explicit AccountButton(EngineProcess& engine, QWidget* parent = nullptr);

  /// Asks again whose token is used.
  void refresh();

 signals:
  void failed(const QString& reason);

 private:
  void logOut();
  void setAccount(const QString& name);

  EngineProcess& engine_;
  QString name_;  ///< empty: nobody is logged in
};

}  // namespace orrery::ui
