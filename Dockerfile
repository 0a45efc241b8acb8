# The playground in a container: what people bring and train lies in /data, on a volume.
#   docker build -t classifier-playground .
#   docker run --init -p 8501:8501 -v playground:/data classifier-playground
# With a GPU: docker run --init --gpus all --shm-size=2g ... (the packages bring CUDA along; the host brings NVIDIA's
# driver and its Container Toolkit).
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

RUN useradd --create-home --uid 10001 playground \
    && install --directory --owner=playground /data

WORKDIR /app
COPY requirements.txt .
RUN pip install --requirement requirements.txt

COPY .streamlit .streamlit
COPY core core
COPY pages pages
COPY streamlit_app.py LICENSE ./

ENV PLAYGROUND_HOME=/data \
    TORCH_HOME=/data/torch \
    PLAYGROUND_HOSTED=1 \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    STREAMLIT_SERVER_HEADLESS=true

USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s --interval=30s --timeout=5s \
    CMD ["python", "-c", "from os import environ as of; from urllib.request import urlopen; path = '/'.join(filter(None, (of.get('STREAMLIT_SERVER_BASE_URL_PATH', '').strip('/'), '_stcore/health'))); urlopen(f\"http://localhost:{of['STREAMLIT_SERVER_PORT']}/{path}\", timeout=4)"]
CMD ["python", "-m", "streamlit", "run", "streamlit_app.py"]
