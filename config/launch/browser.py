"""Chromium for the browser tests: the machine's, or Debian's where we may install it; otherwise they are
skipped."""

import os
import shutil
import subprocess

from config.launch.say import step, warn

NAMES = ("chromium", "chromium-browser", "google-chrome")


def ensure() -> bool:
    """Whether a Chromium is there, after trying to install Debian's as root. Never an error: tests skip
    without."""
    if found():
        return True
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        warn(
            "没有 Chromium，浏览器测试将跳过（root 可自动安装）",
            "No Chromium: browser tests are skipped",
        )
        return False
    with step("正在安装浏览器测试所需的 Chromium", "Installing Chromium for the browser tests"):
        install = [apt, "install", "-y", "-q", "--no-install-recommends", "chromium", "fonts-noto-cjk"]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ([apt, "update", "-q"], install):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not found():
        last = (done.stderr.strip().splitlines() or [""])[-1]
        warn(
            f"Chromium 安装失败，将跳过浏览器测试：{last}",
            "No Chromium: browser tests are skipped",
        )
        return False
    return True


def found() -> str | None:
    """The path of a Chromium, if the machine has one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
