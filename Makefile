# Every target only calls tools/make.py (standard library), which sets up what it needs and says
# what is missing. The loop finds any Python able to run that script; a command that exists but
# does not run (a pyenv shim without a version behind it) is passed over. GNU make 3.81 suffices.

.PHONY: help demo up test soak fuzz check lock clean

help demo up test soak fuzz check lock clean:
	@for python in "$(PYTHON)" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1; then \
	    exec "$$python" tools/make.py $@; \
	  fi; \
	done; \
	echo "renkei: no Python found. Renkei needs Python 3.11, 3.12 or 3.13. Type:" >&2; \
	echo "    sudo apt install python3 python3-venv     (Debian, Ubuntu)" >&2; \
	echo "    brew install python@3.13                  (macOS)" >&2; \
	exit 1
