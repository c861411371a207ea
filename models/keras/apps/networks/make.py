#!/usr/bin/env python3
"""Writes the architecture of each network of keras.applications, with its head as weights='imagenet' builds it, as
NAME.json.gz into a folder: get_config() without initializers, regularizers, constraints and dtypes. The order of "layers" is the
order in which the published .h5 files are to be read (layers that have weights, one after the other).
Needs keras 3.15.1. Nothing is downloaded: the call that would download is caught."""
import os
os.environ['CUDA_VISIBLE_DEVICES']='-1'; os.environ['TF_CPP_MIN_LOG_LEVEL']='3'
import gc, gzip, json, sys
import keras
from keras.src.utils import file_utils
class Got(Exception): pass
def get_file(*a, **k): raise Got(sys._getframe(1).f_locals['model'])
file_utils.get_file=get_file
DROP=('_initializer','_regularizer','_constraint'); KEYS=('dtype','registered_name','build_config','module','trainable','synchronized','quantization_config','compile_config','momentum','seed','noise_shape')
def strip(o, top=True):
    if isinstance(o,dict):
        m=str(o.get('module',''))
        r={k:strip(v) for k,v in o.items() if not k.endswith(DROP) and k not in KEYS}
        if m.startswith('keras.src.ops'): r['module']=m
        return r
    if isinstance(o,(list,tuple)): return [strip(x) for x in o]
    return o
NAMES=['Xception','VGG16','VGG19','ResNet50','ResNet101','ResNet152','ResNet50V2','ResNet101V2','ResNet152V2','InceptionV3','MobileNet','MobileNetV2','MobileNetV3Small','MobileNetV3Large','DenseNet121','DenseNet169','DenseNet201']+['EfficientNetB%d'%i for i in range(8)]+['EfficientNetV2'+s for s in ('B0','B1','B2','B3','S','M','L')]+['ConvNeXt'+s for s in ('Tiny','Small','Base','Large','XLarge')]+['InceptionResNetV2','NASNetMobile','NASNetLarge']
for n in NAMES:
    keras.backend.clear_session()
    try: getattr(keras.applications,n)(weights='imagenet')
    except Got as g: m=g.args[0]
    c=strip(keras.saving.serialize_keras_object(m))
    w=[[l.name,[[v.path.split('/')[-1],list(v.shape)] for v in l.weights]] for l in m.layers if l.weights]
    d=json.dumps({'keras':keras.__version__,'model':c,'weights_in_order':w},separators=(',',':'),default=str).encode()
    with open(os.path.join(sys.argv[1],n+'.json.gz'),'wb') as f: f.write(gzip.compress(d,9,mtime=0))
    print(n,len(d),os.path.getsize(os.path.join(sys.argv[1],n+'.json.gz')),len(w),m.input_shape,flush=True)
    del m,c; gc.collect()
